"""Through which proxy one speaks: proxy-url, the environment, and whom it leaves out."""

from case import Case, Refused, arrives
from kubeconfig import home

NAMED = {"server": "https://api.test.invalid:8443"}
USER = "Basic am9lOnMzY3IzdC13MHJk"
TUNNEL = ("CONNECT", "api.test.invalid:8443", None)
DIRECT = Refused("")


def by_setting(name: str, url: str, *tunnels: tuple, proxy: str = "http", **more) -> Case:
    """The cluster's proxy-url."""
    return Case(name, arrives(tunnels=list(tunnels)), home(cluster={**NAMED, "proxy-url": url}), proxy=proxy, **more)


def by_environment(name: str, environment: dict, *tunnels: tuple, server: str = NAMED["server"], proxy: str = "http",
                   **more) -> Case:
    return Case(name, arrives(tunnels=list(tunnels)), home(cluster={"server": server}), environment=environment,
                proxy=proxy, **more)


def left_out(name: str, rule: str, server: str = NAMED["server"], **more) -> Case:
    """NO_PROXY holds for the server, which nothing but the proxy can reach."""
    return Case(name, DIRECT, home(cluster={"server": server}), flags=("--request-timeout=1",),
                environment={"HTTPS_PROXY": "http://@PROXY@", "NO_PROXY": rule}, proxy="http", **more)


def not_left_out(name: str, rule: str, **more) -> Case:
    return by_environment(name, {"HTTPS_PROXY": "http://@PROXY@", "NO_PROXY": rule}, TUNNEL, **more)


SETTING = [
    by_setting("proxy-url, HTTP", "http://@PROXY@", TUNNEL),
    by_setting("proxy-url, HTTP, with a user", "http://joe:s3cr3t-w0rd@@PROXY@",
               ("CONNECT", "api.test.invalid:8443", USER)),
    by_setting("proxy-url, HTTP, with an encoded user", "http://joe%40x:s3cr3t-w0rd%2F@@PROXY@",
               ("CONNECT", "api.test.invalid:8443", "Basic am9lQHg6czNjcjN0LXcwcmQv")),
    by_setting("proxy-url, HTTPS", "https://@PROXY@", TUNNEL, proxy="https", environment={"SSL_CERT_FILE": "@CA@"}),
    by_setting("proxy-url, SOCKS 5", "socks5://@PROXY@", ("socks5", "name", "api.test.invalid:8443", None),
               proxy="socks5"),
    by_setting("proxy-url, SOCKS 5, with a user", "socks5://joe:s3cr3t-w0rd@@PROXY@",
               ("socks5", "name", "api.test.invalid:8443", "am9lOnMzY3IzdC13MHJk"), proxy="socks5"),
    by_setting("proxy-url with a path", "http://@PROXY@/x", TUNNEL),
    by_setting("proxy-url beats the environment", "http://@PROXY@", TUNNEL,
               environment={"HTTPS_PROXY": "http://127.0.0.1:1"}),
    by_setting("proxy-url does not know NO_PROXY", "http://@PROXY@", TUNNEL, environment={"NO_PROXY": "*"}),
    by_setting("proxy-url that is empty", "", TUNNEL, environment={"HTTPS_PROXY": "http://@PROXY@"}),
    Case("proxy-url and loopback", arrives(tunnels=[("CONNECT", "127.0.0.1:@PORT@", None)]),
         home(cluster={"proxy-url": "http://@PROXY@"}), proxy="http"),
    Case("proxy-url and an address through SOCKS 5", arrives(tunnels=[("socks5", "IPv4", "127.0.0.1:@PORT@", None)]),
         home(cluster={"proxy-url": "socks5://@PROXY@"}), proxy="socks5"),
    Case("proxy-url stays with --server", arrives(tunnels=[TUNNEL]), home(cluster={"proxy-url": "http://@PROXY@"}),
         proxy="http",
         flags=("--server=https://api.test.invalid:8443",)),
    Case("proxy-url and tls-server-name",
         arrives(tunnels=[TUNNEL], server_name="named.test.invalid", host="api.test.invalid:8443"),
         home(cluster={**NAMED, "proxy-url": "http://@PROXY@", "tls-server-name": "named.test.invalid"}), proxy="http",
         certificate="named"),
    Case("proxy-url with an unknown scheme", Refused('unsupported scheme "socks5h", must be http, https, or socks5'),
         home(cluster={"proxy-url": "socks5h://127.0.0.1:1"})),
    Case("proxy-url without scheme", Refused("invalid 'proxy-url'"), home(cluster={"proxy-url": "127.0.0.1:3128"})),
    Case("proxy-url that is a name", Refused("unsupported scheme"), home(cluster={"proxy-url": "proxy.test.invalid"})),
    Case("proxy that nobody is", Refused(""), home(cluster={**NAMED, "proxy-url": "http://127.0.0.1:1"})),
]

ENVIRONMENT = [
    by_environment("HTTPS_PROXY", {"HTTPS_PROXY": "http://@PROXY@"}, TUNNEL),
    by_environment("https_proxy", {"https_proxy": "http://@PROXY@"}, TUNNEL),
    by_environment("HTTPS_PROXY beats https_proxy",
                   {"HTTPS_PROXY": "http://@PROXY@", "https_proxy": "http://127.0.0.1:1"}, TUNNEL),
    by_environment("HTTPS_PROXY that is empty", {"HTTPS_PROXY": "", "https_proxy": "http://@PROXY@"}, TUNNEL),
    by_environment("HTTPS_PROXY without scheme", {"HTTPS_PROXY": "@PROXY@"}, TUNNEL),
    by_environment("HTTPS_PROXY with a user", {"HTTPS_PROXY": "http://joe:s3cr3t-w0rd@@PROXY@"},
                   ("CONNECT", "api.test.invalid:8443", USER)),
    by_environment("HTTPS_PROXY, SOCKS 5", {"HTTPS_PROXY": "socks5://@PROXY@"},
                   ("socks5", "name", "api.test.invalid:8443", None),
                   proxy="socks5"),
    by_environment("HTTPS_PROXY, SOCKS 5 with names", {"HTTPS_PROXY": "socks5h://@PROXY@"},
                   ("socks5", "name", "api.test.invalid:8443", None), proxy="socks5", since=30),
    by_environment("HTTPS_PROXY is not for loopback", {"HTTPS_PROXY": "http://127.0.0.1:1"}, server="@SERVER@"),
    by_environment("HTTPS_PROXY is not for localhost", {"HTTPS_PROXY": "http://127.0.0.1:1"},
                   server="https://localhost:@PORT@"),
    Case("ALL_PROXY is not known", DIRECT, home(cluster=NAMED),
         environment={"ALL_PROXY": "http://@PROXY@", "all_proxy": "http://@PROXY@"},
         proxy="http"),
    Case("HTTP_PROXY is not for https://", DIRECT, home(cluster=NAMED), environment={"HTTP_PROXY": "http://@PROXY@"},
         proxy="http"),
    Case("HTTP_PROXY is for http://",
         arrives(tunnels=[("absolute",
                           "http://api.test.invalid:8080/apis/argoproj.io/v1alpha1/namespaces/default/rollouts",
                           None)]),
         home(cluster={"server": "http://api.test.invalid:8080"}), environment={"HTTP_PROXY": "http://@PROXY@"},
         proxy="http",
         certificate=None),
    Case("HTTPS_PROXY that is no address", Refused(""), home(cluster=NAMED),
         environment={"HTTPS_PROXY": "http://[::1"}),
]

NO_PROXY = [
    left_out("NO_PROXY with the name", "api.test.invalid"),
    left_out("NO_PROXY with the domain", "test.invalid"),
    left_out("NO_PROXY with a dot before the domain", ".test.invalid"),
    left_out("NO_PROXY with a star before the domain", "*.test.invalid"),
    left_out("NO_PROXY of everything", "*"),
    left_out("NO_PROXY with the port", "api.test.invalid:8443"),
    left_out("NO_PROXY in capitals, with others and spaces", "a.b, API.Test.Invalid ,c.d"),
    left_out("NO_PROXY with a network", "192.0.2.0/24", server="https://192.0.2.7:8443"),
    left_out("NO_PROXY with an address", "192.0.2.7", server="https://192.0.2.7:8443"),
    not_left_out("NO_PROXY with another port", "api.test.invalid:443"),
    not_left_out("NO_PROXY with another domain", "est.invalid"),
    not_left_out("NO_PROXY with a domain below", ".api.test.invalid"),
    not_left_out("NO_PROXY with a star in the middle", "api.*.invalid"),
    Case("NO_PROXY with another network",
         arrives(tunnels=[("CONNECT", "192.0.2.7:8443", None)], server_name="named.test.invalid"),
         home(cluster={"server": "https://192.0.2.7:8443", "tls-server-name": "named.test.invalid"}),
         certificate="named",
         environment={"HTTPS_PROXY": "http://@PROXY@", "NO_PROXY": "198.51.100.0/24,192.0.2.70,192.0.2.0/30"},
         proxy="http"),
    by_environment("no_proxy when NO_PROXY is empty",
                   {"HTTPS_PROXY": "http://@PROXY@", "NO_PROXY": "", "no_proxy": "other.invalid"}, TUNNEL),
]

CASES = SETTING + ENVIRONMENT + NO_PROXY

"""Whom one speaks to: certificate authorities, server names, addresses."""

from case import LIST, Case, Refused, arrives
from kubeconfig import home

ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts"
NO_CA = {"certificate-authority-data": None}
CA_FILE = {"certificate-authority": "@CA@", "certificate-authority-data": None}
OTHER_CA = {"certificate-authority-data": "@OTHER_CA_DATA@"}
UNKNOWN = Refused("Unable to connect to the server: ")
TWO_CAS = ("certificate-authority-data and certificate-authority are both specified for c. certificate-authority-data "
           "will override.")
INSECURE_CA = "specifying a root certificates file with the insecure flag is not allowed"


def trusted(name: str, cluster: dict | None = None, *flags: str, more_files: dict | None = None, **more) -> Case:
    return Case(name, arrives(), home(cluster=cluster) | (more_files or {}), flags=flags, **more)


def refused(name: str, says: str, cluster: dict | None = None, *flags: str, **more) -> Case:
    return Case(name, Refused(says), home(cluster=cluster), flags=flags, **more)


AUTHORITIES = [
    trusted("CA in a file", CA_FILE),
    trusted("--certificate-authority", NO_CA, "--certificate-authority=@CA@"),
    trusted("--certificate-authority over another", OTHER_CA, "--certificate-authority=@CA@"),
    trusted("--certificate-authority over insecure", {**NO_CA, "insecure-skip-tls-verify": True},
            "--certificate-authority=@CA@"),
    Case("--certificate-authority over insecure is a CA again", UNKNOWN,
         home(cluster={**NO_CA, "insecure-skip-tls-verify": True}),
         flags=("--certificate-authority=@OTHER_CA@",)),
    Case("another CA", UNKNOWN, home(cluster=OTHER_CA)),
    Case("no CA", UNKNOWN, home(cluster=NO_CA)),
    trusted("the system's CA by SSL_CERT_FILE", NO_CA, environment={"SSL_CERT_FILE": "@CA@"}),
    Case("a cluster's CA keeps the system's away", UNKNOWN, home(cluster=OTHER_CA),
         environment={"SSL_CERT_FILE": "@CA@"}),
    trusted("a CA file with more than certificates",
            {"certificate-authority": "@DIR@/here/ca.crt", "certificate-authority-data": None},
            more_files={"here/ca.crt": "# of the shop\nsubject=shop\n\n@CA_PEM@\n\n"}),
    refused("CA in a file and as data", TWO_CAS, {"certificate-authority": "@CA@"}),
    refused("insecure with CA", INSECURE_CA, {"insecure-skip-tls-verify": True}),
    refused("insecure with CA file", INSECURE_CA, {**CA_FILE, "insecure-skip-tls-verify": True}),
    refused("--insecure-skip-tls-verify with --certificate-authority", INSECURE_CA, None, "--insecure-skip-tls-verify",
            "--certificate-authority=@CA@"),
    trusted("insecure", {**NO_CA, "insecure-skip-tls-verify": True}),
    trusted("--insecure-skip-tls-verify over CA", OTHER_CA, "--insecure-skip-tls-verify"),
    Case("--insecure-skip-tls-verify=false changes nothing", arrives(),
         home(cluster={**NO_CA, "insecure-skip-tls-verify": True}),
         flags=("--insecure-skip-tls-verify=false",)),
    refused("CA file that is missing",
            "unable to read certificate-authority /missing/ca.crt for c due to open /missing/ca.crt: no such file or "
            "directory",
            {**NO_CA, "certificate-authority": "/missing/ca.crt"}),
    refused("--certificate-authority that is missing",
            "unable to read certificate-authority missing.crt for c due to open missing.crt: no such file",
            NO_CA, "--certificate-authority=missing.crt"),
    refused("CA that is no PEM", "unable to load root certificates: unable to parse bytes as PEM block",
            {"certificate-authority-data": "bm8gUEVN"}, since=27),
    Case("CA file that is empty", arrives(),
         home(cluster={**NO_CA, "certificate-authority": "@DIR@/here/ca.crt"}) | {"here/ca.crt": ""},
         environment={"SSL_CERT_FILE": "@CA@"},
         ours=Refused("unable to load root certificates: unable to parse bytes as PEM block", status=1),
         differs="empty-ca"),
]

NAMES = [
    Case("an address has no server name", arrives(server_name=None), home()),
    Case("localhost has one", arrives(server_name="localhost", host="localhost:@PORT@"),
         home(cluster={"server": "https://localhost:@PORT@"})),
    Case("tls-server-name", arrives(server_name="named.test.invalid", host="127.0.0.1:@PORT@"),
         home(cluster={"tls-server-name": "named.test.invalid"}), certificate="named"),
    Case("--tls-server-name", arrives(server_name="named.test.invalid", host="127.0.0.1:@PORT@"),
         home(cluster={"tls-server-name": "other.test.invalid"}), flags=("--tls-server-name=named.test.invalid",),
         certificate="named"),
    Case("--server forgets tls-server-name", UNKNOWN, home(cluster={"tls-server-name": "named.test.invalid"}),
         flags=("--server=@SERVER@",), certificate="named"),
    Case("--server with --tls-server-name", arrives(server_name="named.test.invalid"),
         home(cluster={"server": "https://127.0.0.1:1"}),
         flags=("--server=@SERVER@", "--tls-server-name=named.test.invalid"),
         certificate="named"),
    Case("tls-server-name that is an address", arrives(server_name=None),
         home(cluster={"tls-server-name": "127.0.0.1", "server": "https://localhost:@PORT@"})),
    Case("tls-server-name when insecure", arrives(server_name="any.test.invalid"),
         home(cluster={**NO_CA, "insecure-skip-tls-verify": True, "tls-server-name": "any.test.invalid"})),
    Case("a certificate for another name", UNKNOWN, home(), certificate="named"),
    Case("a name in capitals", arrives(), home(cluster={"server": "https://LOCALHOST:@PORT@"}),
         # libcurl sends the name in lower case; server names are case-insensitive.
         ignore=("server_name",)),
]


def at(name: str, server: str, path: str, **more) -> Case:
    return Case(name, arrives(path=path), home(cluster={"server": server}), ask=LIST, **more)


ADDRESSES = [
    at("an address that ends in a slash", "@SERVER@/", ROLLOUTS),
    at("an address with a path", "@SERVER@/k8s/clusters/c-m-1", "/k8s/clusters/c-m-1" + ROLLOUTS),
    at("an address with a path that ends in a slash", "@SERVER@/k8s/c/", "/k8s/c" + ROLLOUTS),
    at("an address with a path and a query", "@SERVER@/k8s?x=1#y", "/k8s" + ROLLOUTS),
    at("an address with two slashes", "@SERVER@//k8s//c", "/k8s/c" + ROLLOUTS),
    at("an address with encoded letters", "@SERVER@/a%20b", "/a%20b" + ROLLOUTS),
    at("an address in capitals", "HTTPS://127.0.0.1:@PORT@", ROLLOUTS),
    Case("http:// keeps credentials back", arrives(authorization=None, impersonate=[("impersonate-user", "jane")]),
         home({"token": "s3cr3t-w0rd"}, cluster=NO_CA), flags=("--as=jane",), certificate=None),
    Case("http:// calls no plugin", arrives(authorization=None, plugin_calls=[]), since=22, certificate=None,
         files=home({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "missing",
                              "interactiveMode": "Never"}}, NO_CA)),
    Case("http:// keeps basic authentication back", arrives(authorization=None),
         home({"username": "a", "password": "s3cr3t-w0rd"}, NO_CA), certificate=None),
    Case("an address without scheme", arrives(authorization=None),
         home(cluster={"server": "127.0.0.1:@PORT@", **NO_CA}), certificate=None,
         ours=Refused("127.0.0.1:@PORT@", status=1), differs="server-without-scheme"),
    Case("an address with a password", arrives(authorization="Basic YTpzM2NyM3QtdzByZA=="),
         home(cluster={"server": "https://a:s3cr3t-w0rd@127.0.0.1:@PORT@"}),
         ours=Refused("user name or password", status=1), differs="userinfo-in-server"),
    Case("an address with a password, and a certificate", arrives(authorization="Basic YTpzM2NyM3QtdzByZA=="),
         home({"client-certificate": "@CERT@", "client-key": "@KEY@"},
              {"server": "https://a:s3cr3t-w0rd@127.0.0.1:@PORT@"}),
         ours=Refused("user name or password", status=1), differs="userinfo-in-server"),
    Case("an address that is empty", Refused("localhost:8080 was refused"), home(cluster={"server": ""}),
         ours=Refused('cluster "c"', status=1), differs="cluster-does-not-exist"),
    Case("an address with spaces", Refused(""), home(cluster={"server": " @SERVER@"})),
    Case("an address with another scheme", Refused(""), home(cluster={"server": "ftp://127.0.0.1:@PORT@"})),
    Case("an address with a port that is none", Refused(""), home(cluster={"server": "https://127.0.0.1:port"})),
    Case("an address that is none", Refused(""), home(cluster={"server": "https://[::1"})),
    Case("nobody listens",
         Refused("The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"),
         home(cluster={"server": "https://127.0.0.1:1"}), ask=LIST),
    Case("a name that nobody knows", Refused("Unable to connect to the server: "),
         home(cluster={"server": "https://nobody.test.invalid"}), ask=LIST),
]

CASES = AUTHORITIES + NAMES + ADDRESSES

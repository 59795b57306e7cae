"""Which context, cluster, user and namespace; what flags put over them; how kubectl lets flags be written."""

import json

from case import LIST, Case, Refused, arrives
from kubeconfig import HOME_CONFIG, TRUSTED, home

ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts"

#: Two of each. Cluster `down` does not respond.
TWO = {HOME_CONFIG: json.dumps({
    "current-context": "x",
    "clusters": [{"name": "c", "cluster": TRUSTED}, {"name": "down", "cluster": {"server": "https://127.0.0.1:1"}},
                 {"name": "bare", "cluster": {}}],
    "users": [{"name": "u", "user": {"token": "s3cr3t-w0rd-u"}}, {"name": "v", "user": {"token": "s3cr3t-w0rd-v"}}],
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "shop"}},
                 {"name": "y", "context": {"cluster": "c", "user": "v"}},
                 {"name": "off", "context": {"cluster": "down", "user": "v", "namespace": "far"}},
                 {"name": "no-cluster", "context": {"cluster": "missing", "user": "u"}},
                 {"name": "no-server", "context": {"cluster": "bare", "user": "u"}},
                 {"name": "no-user", "context": {"cluster": "c", "user": "missing"}},
                 {"name": "anonymous", "context": {"cluster": "c", "user": ""}}],
})}
U, V = "Bearer s3cr3t-w0rd-u", "Bearer s3cr3t-w0rd-v"


def chosen(name: str, *flags: str, user: str = U, **more) -> Case:
    return Case(name, arrives(authorization=user), TWO, flags=flags, **more)


def in_namespace(name: str, namespace: str, *flags: str, files: dict | None = None, **more) -> Case:
    return Case(name, arrives(path=ROLLOUTS.format(namespace)), files or TWO, flags=flags, ask=LIST, **more)


CONTEXTS = [
    chosen("the current context"),
    chosen("--context", "--context=y", user=V),
    chosen("--context= is not given", "--context="),
    chosen("--user", "--user=v", user=V),
    chosen("--cluster", "--context=off", "--cluster=c", user=V),
    Case("--cluster and --user without context", arrives(authorization=V),
         TWO | {"here/k": TWO[HOME_CONFIG].replace('"current-context": "x", ', "")},
         flags=("--kubeconfig=k", "--cluster=c", "--user=v")),
    chosen("--server keeps the CA and the user", "--context=x", "--server=@SERVER@"),
    Case("--context that is missing", Refused("context was not found for specified context: z"), TWO,
         flags=("--context=z",)),
    Case("current context that is missing", Refused("context was not found for specified context: z"),
         home(**{"current-context": "z"})),
    Case("--cluster that is missing", Refused('no server found for cluster "z"'), TWO, flags=("--cluster=z",)),
    Case("--user that is missing", Refused('auth info "z" does not exist'), TWO, flags=("--user=z",)),
    Case("no current context", Refused("localhost:8080 was refused"), home(**{"current-context": ""}),
         ours=Refused("Missing or incomplete configuration info", status=1), differs="no-localhost"),
    Case("context whose cluster is missing", Refused("localhost:8080 was refused"), TWO,
         flags=("--context=no-cluster",),
         ours=Refused('cluster "missing" does not exist', status=1), differs="cluster-does-not-exist"),
    Case("context whose cluster has no server", Refused("localhost:8080 was refused"), TWO,
         flags=("--context=no-server",),
         ours=Refused('cluster "bare"', status=1), differs="cluster-does-not-exist"),
    Case("context whose user is missing", Refused("error: EOF"), TWO, flags=("--context=no-user",),
         ours=arrives(authorization=None), differs="anonymous"),
    Case("context without user", Refused("error: EOF"), TWO, flags=("--context=anonymous",),
         ours=arrives(authorization=None), differs="anonymous"),
    Case("user without credentials", Refused("error: EOF"), home({}), ours=arrives(authorization=None),
         differs="anonymous"),
    Case("password without user name", Refused("error: EOF"), home({"password": "s3cr3t-w0rd"}),
         ours=arrives(authorization=None), differs="anonymous"),
    chosen("context without user, with --token", "--context=anonymous", "--token=s3cr3t-w0rd-v", user=V),
]

NAMESPACES = [
    in_namespace("the context's namespace", "shop"),
    in_namespace("no namespace", "default", "--context=y"),
    in_namespace("-n", "web", "-n", "web"),
    in_namespace("-n and its value in one", "web", "-nweb"),
    in_namespace("-n=", "web", "-n=web"),
    in_namespace("--namespace=", "web", "--namespace=web"),
    in_namespace("the last of two -n", "web", "-n", "shop", "--namespace=web"),
    in_namespace("--cluster keeps the context's namespace", "far", "--context=off", "--cluster=c"),
    in_namespace("-n with --context", "web", "--context=y", "-n", "web"),
    Case("-A", arrives(path="/apis/argoproj.io/v1alpha1/rollouts"), TWO, flags=("-A",), ask=LIST),
    Case("-A beats -n", arrives(path="/apis/argoproj.io/v1alpha1/rollouts"), TWO,
         flags=("-n", "web", "--all-namespaces=true"), ask=LIST),
    in_namespace("-A=false", "shop", "-A=false"),
    in_namespace("$POD_NAMESPACE outside of a pod", "shop", environment={"POD_NAMESPACE": "pod"}),
    Case("a namespace with a slash", Refused("may not contain '/'"), home(context={"namespace": "a/b"}), ask=LIST),
    Case("a namespace with a per cent sign", Refused("may not contain '%'"), home(context={"namespace": "a%2fb"}),
         ask=LIST),
    Case("a namespace that is dots", Refused("may not be '..'"), home(context={"namespace": ".."}), ask=LIST),
    Case("-n that is empty", arrives(path=ROLLOUTS.format("shop")), TWO, flags=("-n", ""), ask=LIST,
         ours=Refused("namespace", status=2), differs="namespace-flag"),
    Case("-n that is no name", arrives(path=ROLLOUTS.format("A_B")), TWO, flags=("-n", "A_B"), ask=LIST,
         ours=Refused("namespace", status=2), differs="namespace-flag"),
]

NOTATION = [
    chosen("-s", "-s", "@SERVER@"),
    chosen("-s and its value in one", "-s@SERVER@"),
    chosen("--server before its value", "--server", "@SERVER@"),
    Case("the last of two equal flags counts", arrives(authorization=V), TWO,
         flags=("--token=s3cr3t-w0rd-u", "--token=s3cr3t-w0rd-v")),
    chosen("--insecure-skip-tls-verify=false", "--insecure-skip-tls-verify=false"),
    chosen("--insecure-skip-tls-verify=1", "--insecure-skip-tls-verify=1"),
    chosen("--disable-compression=T", "--disable-compression=T", since=26),
    chosen("a value that begins with a dash", "--token", "-s3cr3t-w0rd", user="Bearer -s3cr3t-w0rd"),
    chosen("a value with an equals sign", "--token=s3cr3t-w0rd==", user="Bearer s3cr3t-w0rd=="),
    Case("an unknown flag", Refused("unknown flag: --nonsense", status=1), TWO, flags=("--nonsense",),
         ours=Refused("--nonsense", status=2), differs="usage-errors"),
    Case("a flag without its value", Refused("flag needs an argument: --token", status=1), TWO, flags=("--token",),
         ours=Refused("--token", status=2), differs="usage-errors"),
    Case("a truth that is none", Refused("invalid argument \"maybe\"", status=1), TWO,
         flags=("--insecure-skip-tls-verify=maybe",),
         ours=Refused("maybe", status=2), differs="usage-errors"),
    chosen("--request-timeout in seconds", "--request-timeout=9"),
    chosen("--request-timeout with a unit", "--request-timeout=1m30s"),
    chosen("--request-timeout=0", "--request-timeout=0"),
    chosen("--request-timeout below zero", "--request-timeout=-1s"),
    Case("--request-timeout that is no time",
         Refused("Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a "
                 "corresponding time unit"),
         TWO, flags=("--request-timeout=abc",)),
]

CASES = CONTEXTS + NAMESPACES + NOTATION

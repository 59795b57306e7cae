"""Which kubeconfig is read, how several are merged, and what their relative paths are relative to."""

from case import Case, Link, Refused, arrives
from kubeconfig import HOME_CONFIG, kubeconfig

ONE = "s3cr3t-w0rd-one"
TWO = "s3cr3t-w0rd-two"
FIRST, SECOND = kubeconfig({"token": ONE}), kubeconfig({"token": TWO})
BOTH = {"here/one": FIRST, "here/two": SECOND}

#: The three parts of a kubeconfig in separate files.
CLUSTERS = '{"clusters": [{"name": "c", "cluster": {"server": "@SERVER@", "certificate-authority-data": "@CA_DATA@"}}]}'
USERS = '{"users": [{"name": "u", "user": {"token": "s3cr3t-w0rd-one"}}]}'
CONTEXTS = '{"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"}'


def from_one(name: str, files: dict, kubeconfig_variable: str | None = None, home_variable: str | None = None,
             **more) -> Case:
    """The token of the first kubeconfig arrives."""
    variables = {"KUBECONFIG": kubeconfig_variable, "HOME": home_variable}
    environment = {name: value for name, value in variables.items() if value is not None}
    return Case(name, arrives(authorization=f"Bearer {ONE}"), files, environment=environment, **more)


FOUND = [
    from_one("home's kubeconfig", {HOME_CONFIG: FIRST}),
    from_one("$KUBECONFIG beats home's", {"here/one": FIRST, HOME_CONFIG: SECOND}, "one"),
    from_one("--kubeconfig beats $KUBECONFIG", BOTH, "two", flags=("--kubeconfig=one",)),
    from_one("--kubeconfig as two words", BOTH, flags=("--kubeconfig", "@DIR@/here/one")),
    from_one("--kubeconfig= is not given", {"here/one": FIRST}, "one", flags=("--kubeconfig=",)),
    from_one("$KUBECONFIG that is empty is not set", {HOME_CONFIG: FIRST}, ""),
    from_one("--kubeconfig is no list", {"here/one:two": FIRST, **BOTH, "here/two": SECOND},
             flags=("--kubeconfig=one:two",)),
    from_one("kubeconfig through a link", {"store/config": FIRST, HOME_CONFIG: Link("@DIR@/store/config")}),
    from_one("kubeconfig in a folder that is a link", {"store/config": FIRST, "home/.kube": Link("../store")}),
    from_one("kubeconfig by a path with ..", {"here/one": FIRST}, "../here/./one"),
    from_one("home's old kubeconfig", {"home/.kube/.kubeconfig": FIRST}),
    from_one("$HOME that is empty", {"here/.kube/config": FIRST}, home_variable=""),
    Case("$KUBECONFIG with a tilde", Refused(""), {HOME_CONFIG: FIRST}, environment={"KUBECONFIG": "~/.kube/config"}),
    Case("--kubeconfig that is missing", Refused("missing: no such file or directory"), {HOME_CONFIG: FIRST},
         flags=("--kubeconfig=missing",)),
    Case("$KUBECONFIG that is a folder",
         Refused('error loading config file "@DIR@/home": read @DIR@/home: is a directory'),
         environment={"KUBECONFIG": "@DIR@/home"}),
]

MERGED = [
    from_one("the first of two kubeconfigs", BOTH, "one:two"),
    from_one("a list with gaps and repetitions", BOTH, ":one::one:two:"),
    from_one("a list with a missing file", BOTH, "missing:one:@DIR@/none/two"),
    from_one("a list with an empty file", {**BOTH, "here/empty": "", "here/comment": "# nothing\n"},
             "empty:comment:one"),
    from_one("cluster, user and context in three files", {"here/a": USERS, "here/b": CLUSTERS, "here/c": CONTEXTS},
             "a:b:c"),
    from_one("a current context that is empty does not count", {**BOTH, "here/a": '{"current-context": ""}'}, "a:one"),
    Case("entries are not merged field by field", arrives(authorization=f"Bearer {TWO}", impersonate=[]),
         {"here/a": '{"users": [{"name": "u", "user": {"token": "s3cr3t-w0rd-two"}}]}',
          "here/b": kubeconfig({"token": ONE, "as": "jane"})}, environment={"KUBECONFIG": "a:b"}),
    Case("the first current context counts", arrives(authorization=f"Bearer {TWO}"),
         {"here/a": '{"current-context": "y", "contexts": [{"name": "y", "context": {"cluster": "c", "user": "v"}}],'
                    '"users": [{"name": "v", "user": {"token": "s3cr3t-w0rd-two"}}]}', "here/b": FIRST},
         environment={"KUBECONFIG": "a:b"}),
    Case("a broken file in a list spoils it", Refused('broken'), {"here/one": FIRST, "here/broken": "a: [\n"},
         environment={"KUBECONFIG": "one:broken"}),
    Case("a folder in a list spoils it", Refused("is a directory"), {"here/one": FIRST, "here/folder/x": ""},
         environment={"KUBECONFIG": "one:folder"}),
]

PATHS = [
    Case("relative CA beside the kubeconfig", arrives(),
         {"home/.kube/pki/ca.crt": Link("@CA@"),
          HOME_CONFIG: kubeconfig(cluster={"certificate-authority": "pki/ca.crt",
                                           "certificate-authority-data": None})}),
    Case("relative CA beside the link to the kubeconfig", arrives(),
         {"home/.kube/ca.crt": Link("@CA@"), HOME_CONFIG: Link("@DIR@/store/config"),
          "store/config": kubeconfig(cluster={"certificate-authority": "ca.crt", "certificate-authority-data": None})}),
    Case("relative CA beside its file of a list", arrives(),
         {"a/ca.crt": Link("@CA@"),
          "a/config": kubeconfig(cluster={"certificate-authority": "ca.crt", "certificate-authority-data": None}),
          "b/config": USERS}, environment={"KUBECONFIG": "../b/config:../a/config"}),
    Case("relative --certificate-authority is in the working directory", arrives(),
         {"here/ca.crt": Link("@CA@"), HOME_CONFIG: kubeconfig(cluster={"certificate-authority-data": None})},
         flags=("--certificate-authority=ca.crt",)),
    Case("a path with a tilde is not expanded",
         Refused("unable to read certificate-authority @DIR@/home/.kube/~/ca.crt for c due to open"),
         {"home/ca.crt": Link("@CA@"),
          HOME_CONFIG: kubeconfig(cluster={"certificate-authority": "~/ca.crt", "certificate-authority-data": None})}),
]

NOTHING = [
    Case("no kubeconfig", Refused("localhost:8080 was refused"), {},
         ours=Refused("Missing or incomplete configuration info", status=1), differs="no-localhost"),
    Case("an empty kubeconfig", Refused("localhost:8080 was refused"), {HOME_CONFIG: ""},
         ours=Refused("Missing or incomplete configuration info", status=1), differs="no-localhost"),
    Case("$KUBECONFIG of colons", Refused("localhost:8080 was refused"), {HOME_CONFIG: FIRST},
         environment={"KUBECONFIG": ":"},
         ours=Refused("Missing or incomplete configuration info", status=1), differs="no-localhost"),
    Case("$KUBERNETES_MASTER", arrives(), certificate=None, environment={"KUBERNETES_MASTER": "@SERVER@"},
         ours=Refused("Missing or incomplete configuration info", status=1), differs="kubernetes-master"),
    Case("--server alone", arrives(authorization=None), {}, certificate=None, flags=("--server=@SERVER@",)),
    Case("--server, --token and --certificate-authority", arrives(authorization=f"Bearer {ONE}"), {},
         flags=("--server=@SERVER@", f"--token={ONE}", "--certificate-authority=@CA@")),
]

CASES = FOUND + MERGED + PATHS + NOTHING

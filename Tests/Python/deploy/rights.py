"""RBAC: who may do what, and that it is no more than the program asks for."""

from collections.abc import Iterator

from manifests import Deployables, Mode, Object, pods, title
from overlays import CLUSTER_SCOPED

# A healing program: every request it makes, as group, resource and verb, with the purpose.
HEALS = {
    ("argoproj.io", "rollouts", "get"): "to judge one again, after each step and after a conflict",
    ("argoproj.io", "rollouts", "list"): "to find what needs healing",
    ("argoproj.io", "rollouts", "patch"): "the second step, a restart, and the label of a refresh",
    ("apps", "replicasets", "list"): "what is true, beside what the controller believes",
    ("apps", "replicasets/status", "patch"): "the first step, a refresh: an annotation",
    ("policy", "poddisruptionbudgets", "list"): "no restart where an eviction would be refused",
    ("", "pods", "list"): "why pods are not available; optional",
    ("events.k8s.io", "events", "create"): "the story, for `kubectl describe`",
    ("events.k8s.io", "events", "patch"): "the same again, counted",
}
# A program that only observes: nothing that writes.
OBSERVES = {
    ("argoproj.io", "rollouts", "list"): "to find what needs healing",
    ("argoproj.io", "rollouts", "watch"): "to follow them",
    ("apps", "replicasets", "list"): "what is true, beside what the controller believes",
}
# The exact permissions of each role; there are no other roles.
NEEDED = {
    "rollout-heal-cronjob": HEALS,
    "rollout-heal-job": HEALS,
    "rollout-heal-watch": {**HEALS, ("argoproj.io", "rollouts", "watch"): "to follow them"},
    "rollout-heal-observe": OBSERVES,
    "rollout-heal-watch-lease": {
        ("coordination.k8s.io", "leases", "create"): "the first leader's",
        ("coordination.k8s.io", "leases", "get"): "who leads",
        ("coordination.k8s.io", "leases", "update"): "to lead, and to give it back",
    },
    "rollout-heal-sensor": {("batch", "jobs", "create"): "Argo Events: the Job that heals"},
    "rollout-heal-eventsource": {
        ("argoproj.io", "rollouts", "list"): "Argo Events: what hangs when it starts",
        ("argoproj.io", "rollouts", "watch"): "Argo Events: what times out",
    },
}
# The arguments with which the program reads namespaces.
READS_NAMESPACES = ("--opt-in", "--namespace-selector")
# The permissions for that: of who watches Rollouts, of who lists them everywhere, and of who heals in one namespace.
NAMESPACES_WATCHED = {
    ("", "namespaces", "list"): "who opts in, and what a selector means",
    ("", "namespaces", "watch"): "to follow them",
}
NAMESPACES_LISTED = {("", "namespaces", "list"): "who opts in, and what a selector means"}
NAMESPACE_READ = {("", "namespaces", "get"): "whether it opts in"}


def reads_namespaces(mode: Mode) -> bool:
    return any(
        argument.startswith(READS_NAMESPACES)
        for pod in pods(mode) for container in pod.spec["containers"] for argument in container.get("args", []))


def needed_rights(role: Object, mode: Mode) -> dict[tuple[str, str, str], str] | None:
    needed = NEEDED.get(role["metadata"]["name"])
    if not needed or ("argoproj.io", "rollouts", "list") not in needed or not reads_namespaces(mode):
        return needed
    watches = ("argoproj.io", "rollouts", "watch") in needed
    if role["kind"] == "Role":
        # It can grant no list: namespaces are in no namespace.
        return needed if watches else needed | NAMESPACE_READ
    return needed | (NAMESPACES_WATCHED if watches else NAMESPACES_LISTED)


def problems(found: Deployables) -> list[str]:
    result = []
    for mode in found.modes:
        checks = (role_problems, binding_problems, account_problems, place_problems)
        result += [f"{mode.name}: {problem}" for check in checks for problem in check(mode)]
    return result + differing(found)


def role_problems(mode: Mode) -> Iterator[str]:
    for role in mode.of_kind("Role", "ClusterRole"):
        needed = needed_rights(role, mode)
        if needed is None:
            yield f"{title(role)} is a role that nobody has said what for"
            continue
        granted = {
            (group, resource, verb)
            for rule in role["rules"]
            for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]
        }
        for group, resource, verb in sorted(granted - needed.keys()):
            yield f"{title(role)} grants {verb} on {resource} in {group!r}"
        for group, resource, verb in sorted(needed.keys() - granted):
            yield f"{title(role)} lacks {verb} on {resource} in {group!r}: {needed[group, resource, verb]}"
        for rule in role["rules"]:
            if "resourceNames" in rule and rule["resources"] != ["leases"]:
                yield f"{title(role)} grants {rule['resources']} by name only"
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    if resource == "leases" and role["kind"] != "Role":
                        yield f"{title(role)} grants Leases of all namespaces"
                    if resource == "leases" and set(rule["verbs"]) != {"create"} and not rule.get("resourceNames"):
                        yield f"{title(role)} grants every Lease of its namespace"
                    if resource == "jobs" and (role["kind"] != "Role" or len(role["rules"]) > 1):
                        yield f"{title(role)} grants more than Jobs of its namespace"


def binding_problems(mode: Mode) -> Iterator[str]:
    bound = {}
    for binding in mode.of_kind("RoleBinding", "ClusterRoleBinding"):
        namespace = binding["metadata"].get("namespace")
        reference = binding["roleRef"]
        if not mode.find(reference["kind"], reference["name"], namespace if reference["kind"] == "Role" else None):
            yield f"{title(binding)} refers to {reference['kind']} {reference['name']}, which is not there"
        for subject in binding["subjects"]:
            if not mode.find("ServiceAccount", subject["name"], subject["namespace"]):
                yield f"{title(binding)} is for {subject['namespace']}/{subject['name']}, who is not there"
            bound.setdefault(subject["name"], set()).add(reference["name"])
    # An account that may create Jobs can act as any account of the namespace, so that must be its only permission.
    creators = {role["metadata"]["name"] for role in mode.of_kind("Role") if "jobs" in role["rules"][0]["resources"]}
    for account, roles in bound.items():
        if roles & creators and roles != creators:
            yield f"{account} may create Jobs and more"
    for account in mode.of_kind("ServiceAccount"):
        name = account["metadata"]["name"]
        wanted = NEEDED.keys() & {name, f"{name}-lease"}
        if bound.get(name, set()) != wanted:
            yield f"{name} is bound to {sorted(bound.get(name, set()))}, not to {sorted(wanted)}"


def account_problems(mode: Mode) -> Iterator[str]:
    """Accounts give no token unasked, but to those pods of Argo Events that need one: it has no field to ask with."""
    foreign = {
        each["spec"]["template"]["serviceAccountName"]
        for each in mode.of_kind("Sensor", "EventSource") if each["kind"] == "Sensor" or "resource" in each["spec"]
    }
    for account in mode.of_kind("ServiceAccount"):
        mounts = account.get("automountServiceAccountToken", True)
        if mounts != (account["metadata"]["name"] in foreign):
            yield f"{title(account)}: automountServiceAccountToken is {mounts}"


def place_problems(mode: Mode) -> Iterator[str]:
    if mode.name.startswith("argocd/"):
        return
    is_limited = mode.name.endswith("-namespaced")
    for each in mode.objects:
        metadata = each["metadata"]
        is_wide = each["kind"] in CLUSTER_SCOPED
        if is_limited and is_wide:
            yield f"{title(each)} is nothing that one namespace's owner may create"
        if is_limited and metadata.get("namespace") != "shop":
            yield f"{title(each)} is not in the namespace that was asked for"
        if is_wide == ("namespace" in metadata):
            yield f"{title(each)} has {'a' if is_wide else 'no'} namespace"
        if metadata.get("labels", {}).get("app.kubernetes.io/name") != "rollout-heal":
            yield f"{title(each)} is not labelled as ours"
        # `kubectl delete -k MODE -l app.kubernetes.io/component=MODE` keeps the Namespace, which others share, and
        # nothing else.
        component = metadata.get("labels", {}).get("app.kubernetes.io/component")
        if mode.name in ("watch", "cronjob", "observe") and component != (None if each["kind"] == "Namespace" else mode.name):
            yield f"{title(each)} is of component {component}"
        if each["kind"] == "Namespace" and metadata["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{title(each)} is not restricted"
    if is_limited and "--all-namespaces" in str(mode.objects):
        yield "it asks for all namespaces"


def differing(found: Deployables) -> list[str]:
    """What two modes bring is the same in both, if they may be used side by side."""
    seen: dict[tuple, tuple[str, Object]] = {}
    result = []
    for mode in found.modes:
        if reads_namespaces(mode):
            continue  # used in place of the folder that it is made from
        for each in mode.objects:
            key = (each["kind"], each["metadata"].get("namespace"), each["metadata"].get("name"))
            first, same = seen.setdefault(key, (mode.name, each))
            if same != each:
                result.append(f"{title(each)} is not the same in {first} and {mode.name}")
    return result

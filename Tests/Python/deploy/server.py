"""Manifests on a real API server: what it knows it must take whole, and RBAC must mean what it is meant to."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attempts import Attempts, Client
from manifests import Deployables, Object, sensor_resources, title
from rights import reads_namespaces

# Of each account, verbs by namespace and resource.
Permissions = dict[str, dict[tuple[str, str], set[str]]]

# Kinds that old servers know only in an older version, and fields that they do not know or keep.
OLDER = {"CronJob": "batch/v1beta1", "PodDisruptionBudget": "policy/v1beta1"}
NEWER_FIELDS = ("podFailurePolicy", "ttlSecondsAfterFinished")
RBAC = ("Namespace", "ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")

ROLLOUTS, REPLICASETS, EVENTS = "rollouts.argoproj.io", "replicasets.apps", "events.events.k8s.io"
REPLICASETS_STATUS, PODS, BUDGETS = "replicasets.apps//status", "pods", "poddisruptionbudgets.policy"
JOBS, LEASES, HEALERS_LEASE = "jobs.batch", "leases.coordination.k8s.io", "leases.coordination.k8s.io/rollout-heal"


def heals(namespace: str, *more: str) -> dict[tuple[str, str], set[str]]:
    """What whoever heals in a namespace may do there."""
    return {
        (namespace, ROLLOUTS): {"get", "list", "patch", *more},
        (namespace, REPLICASETS): {"list"},
        (namespace, REPLICASETS_STATUS): {"patch"},
        (namespace, BUDGETS): {"list"},
        (namespace, PODS): {"list"},
        (namespace, EVENTS): {"create", "patch"},
    }


def leads(namespace: str) -> dict[tuple[str, str], set[str]]:
    return {(namespace, LEASES): {"create"}, (namespace, HEALERS_LEASE): {"create", "get", "update"}}


# The permissions of each account by place; the server is also asked about others, which must be denied.
MAY = {
    "argo-events:rollout-heal-sensor": {("argo-events", JOBS): {"create"}},
    "argo-events:rollout-heal-job": heals("shop"),
    "argo-events:rollout-heal-webhook": {},
    "argo-events:rollout-heal-eventsource": {("shop", ROLLOUTS): {"list", "watch"}},
    "rollout-heal:rollout-heal-cronjob": heals("shop"),
    "rollout-heal:rollout-heal-watch": {**heals("shop", "watch"), **leads("rollout-heal")},
    "rollout-heal:rollout-heal-observe": {("shop", ROLLOUTS): {"list", "watch"}, ("shop", REPLICASETS): {"list"}},
    "team:rollout-heal-watch": {**heals("team", "watch"), **leads("team")},
    "team:rollout-heal-sensor": {("team", JOBS): {"create"}},
    "team:rollout-heal-job": heals("team"),
    "team:rollout-heal-webhook": {},
    "team:rollout-heal-eventsource": {("team", ROLLOUTS): {"list", "watch"}},
    "team:rollout-heal-cronjob": heals("team"),
}
# Further ones with arguments that read namespaces.
MAY_READ_NAMESPACES = {
    "rollout-heal:rollout-heal-cronjob": {("shop", "namespaces"): {"list"}},
    "rollout-heal:rollout-heal-watch": {("shop", "namespaces"): {"list", "watch"}},
}
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
RESOURCES = (
    ROLLOUTS, ROLLOUTS + "//status", ROLLOUTS + "//scale", REPLICASETS, REPLICASETS_STATUS, REPLICASETS + "//scale", PODS,
    PODS + "//eviction", PODS + "//exec", PODS + "//log", BUDGETS, EVENTS, "events", JOBS, LEASES, HEALERS_LEASE, "secrets",
    "configmaps", "namespaces", "deployments.apps",
)


class Server:
    def __init__(self, kubectl: Path, cluster: Path):
        self.kubectl = kubectl
        self.cluster = cluster
        self.environment = {**os.environ, "KUBECONFIG": str(cluster / "kubeconfig")}

    def run(self, *arguments: str, given: Any = None) -> subprocess.CompletedProcess:
        text = None if given is None else json.dumps(given)
        command = [self.kubectl, *arguments]
        return subprocess.run(command, input=text, env=self.environment, capture_output=True, text=True, timeout=60)

    def known(self) -> set[tuple[str, str]]:
        """Versions and kinds."""
        groups = json.loads(self.run("get", "--raw", "/apis").stdout)["groups"]
        paths = ["/api/v1"] + [f"/apis/{version['groupVersion']}" for group in groups for version in group["versions"]]
        found = set()
        for path in paths:
            listed = json.loads(self.run("get", "--raw", path).stdout)
            found |= {(listed["groupVersion"], each["kind"]) for each in listed["resources"]}
        return found

    def ask(self, reviews: Iterable[Object]) -> Iterator[Object]:
        """Thousands of questions on one connection, which kubectl would ask at its own pace."""
        client = Client(self.cluster)
        for each in reviews:
            yield client.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", each)[1]
        client.connection.close()


def problems(found: Deployables, kubectl: Path, cluster: Path) -> list[str]:
    server = Server(kubectl, cluster)
    known = server.known()
    result, shown, unknown = [], {}, {}
    for namespace in ("argocd", "argo-events", "rollout-heal", "shop", "team"):
        server.run("create", "namespace", namespace)
    for each in distinct(found):
        if each["kind"] == "ConfigMap" and each["metadata"]["namespace"] == "argocd":
            result += patch_problems(server, found, each)
            continue
        adapted, note = for_server(each, known)
        if adapted is None:
            unknown[each["kind"]] = True
            continue
        result += (f"the API server: {title(each)}: {problem}" for problem in answer_problems(server, adapted))
        shown[f"{each['kind']}{note}"] = True
    if unknown:
        print(f"    only shown to schemas, this server has no such kinds: {', '.join(sorted(unknown))}")
    print(f"    taken whole by the API server: {', '.join(sorted(shown))}")
    return [*result, *rights_problems(server, found)]


def distinct(found: Deployables) -> Iterator[Object]:
    seen = []
    for mode in found.modes:
        if mode.name == "argocd/subscription.yaml":
            continue
        created = [resource for each in mode.of_kind("Sensor") for _, resource in sensor_resources(each)]
        for each in mode.objects + created:
            if each["metadata"].get("namespace") is None and each in created:
                each = {**each, "metadata": {**each["metadata"], "namespace": "argo-events"}}
            if each not in seen:
                seen.append(each)
                yield each


def for_server(each: Object, known: set[tuple[str, str]]) -> tuple[Object | None, str]:
    """The object as this server can read it, and what was changed for that."""
    kind, version = each["kind"], each["apiVersion"]
    if (version, kind) in known:
        is_old = ("batch/v1", "CronJob") not in known
        bare = without(each, NEWER_FIELDS) if is_old else each
        return bare, f" (without {', '.join(NEWER_FIELDS)})" if bare != each else ""
    older = OLDER.get(kind)
    if older and (older, kind) in known:
        bare = {**without(each, NEWER_FIELDS), "apiVersion": older}
        return bare, f" (as {older})"
    return None, ""


def without(value: Any, fields: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {key: without(each, fields) for key, each in value.items() if key not in fields}
    return [without(each, fields) for each in value] if isinstance(value, list) else value


def answer_problems(server: Server, each: Object) -> Iterator[str]:
    """It must be accepted, and nothing of it may be lost: a server drops fields that it does not know."""
    if each["metadata"]["name" if "name" in each["metadata"] else "generateName"].endswith("-"):
        each = {**each, "metadata": {**each["metadata"], "name": "rollout-heal-test"}}
        each["metadata"].pop("generateName", None)
    done = server.run("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-o", "json", "-f", "-", given=each)
    if done.returncode != 0:
        yield done.stderr.strip()
        return
    yield from lost(each, json.loads(done.stdout), "")


def lost(sent: Any, stored: Any, path: str) -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(stored, dict):
        for key, value in sent.items():
            if key not in stored and value not in ({}, [], None):
                yield f"{path}/{key} was dropped"
            elif key in stored:
                yield from lost(value, stored[key], f"{path}/{key}")
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for place, (one, other) in enumerate(zip(sent, stored)):
            yield from lost(one, other, f"{path}/{place}")
    elif sent != stored:
        yield f"{path} became {stored!r}"


def patch_problems(server: Server, found: Deployables, config: Object) -> Iterator[str]:
    """The patch for Argo CD's notifications, given as the documentation says, keeps what others have written."""
    where = ("-n", "argocd")
    server.run("create", "configmap", "argocd-notifications-cm", "--from-literal=trigger.theirs=kept", *where)
    file = str(found.folder / "argocd" / "notifications-cm.yaml")
    done = server.run("patch", "configmap", "argocd-notifications-cm", *where, "--type", "merge", "--patch-file", file)
    stored = json.loads(server.run("get", "configmap", "argocd-notifications-cm", *where, "-o", "json").stdout or "{}")
    if done.returncode != 0 or stored.get("data") != {**config["data"], "trigger.theirs": "kept"}:
        yield f"the patch of argocd-notifications-cm: {done.stderr.strip() or stored}"


def rights_problems(server: Server, found: Deployables) -> Iterator[str]:
    """Grants what the manifests grant, really, and asks the server who may do what."""
    plain = [mode for mode in found.modes if not reads_namespaces(mode)]
    yield from granted_problems(server, Deployables(found.folder, plain), MAY)
    yield from attempt_problems(server, sorted(MAY))
    # These give the same accounts more.
    others = [mode for mode in found.modes if reads_namespaces(mode)]
    more = {account: MAY[account] | added for account, added in MAY_READ_NAMESPACES.items()}
    yield from granted_problems(server, Deployables(found.folder, others), more)


def granted_problems(server: Server, found: Deployables, may: Permissions) -> Iterator[str]:
    for each in distinct(found):
        if each["kind"] in RBAC:
            if each["metadata"].get("namespace") == "shop":
                # The variants for one namespace are tried in another namespace than `list`.
                each = json.loads(json.dumps(each).replace('"shop"', '"team"'))
            done = server.run("apply", "--server-side", "--force-conflicts", "-f", "-", given=each)
            if done.returncode != 0:
                yield f"{title(each)}: {done.stderr.strip()}"
    accounts = {
        f"{each['metadata']['namespace'].replace('shop', 'team')}:{each['metadata']['name']}"
        for mode in found.modes for each in mode.of_kind("ServiceAccount")
    }
    for account in sorted(accounts ^ may.keys()):
        yield f"nobody has said what {account} may do"
    questions = [
        (account, namespace, resource, verb)
        for account in sorted(accounts & may.keys())
        for namespace in ("rollout-heal", "argo-events", "shop", "team")
        for resource in RESOURCES
        for verb in VERBS
    ]
    answers = server.ask(review(*each) for each in questions)
    allowed = 0
    for (account, namespace, resource, verb), answer in zip(questions, answers, strict=True):
        is_allowed = answer["status"].get("allowed", False)
        allowed += is_allowed
        if is_allowed != (verb in expected(may, account, namespace, resource)):
            yield f"{account} {'may' if is_allowed else 'may not'} {verb} {resource} in {namespace}"
    print(f"    asked about rights: {len(questions)} questions, {allowed} times answered yes")


def attempt_problems(server: Server, accounts: list[str]) -> Iterator[str]:
    """The same by doing it, with each account's token."""
    attempts = Attempts(server.cluster)
    for namespace in ("shop", "team"):
        attempts.furnish(namespace)
    for account in accounts:
        for namespace in ("shop", "team"):
            yield from attempts.problems(account, namespace, "patch" in expected(MAY, account, namespace, REPLICASETS_STATUS))
        if expected(MAY, account, "team", REPLICASETS_STATUS):
            yield from attempts.beyond(account, "team")
            attempts.furnish("team")
    for namespace in ("shop", "team"):
        attempts.clear(namespace)
    print(f"    tried with {len(accounts)} accounts' tokens: {attempts.made} writes")


def expected(may: Permissions, account: str, namespace: str, resource: str) -> set[str]:
    is_namespaced = account.startswith("team:")
    verbs = set()
    for (where, what), granted in may[account].items():
        # A ClusterRole applies everywhere; `shop` represents that.
        if what == resource and (where == namespace or (where == "shop" and not is_namespaced)):
            verbs |= granted
    return verbs


def review(account: str, namespace: str, resource: str, verb: str) -> Object:
    resource, _, subresource = resource.partition("//")
    resource, _, name = resource.partition("/")
    plural, _, group = resource.partition(".")
    attributes = {
        "namespace": namespace, "verb": verb, "group": group, "resource": plural, "name": name, "subresource": subresource,
    }
    user = f"system:serviceaccount:{account}"
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }

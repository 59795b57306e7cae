"""The admission policies' expressions on sample requests, evaluated by another implementation of CEL than the API server's; which
policy is asked about a request is decided here too, as far as deploy/ says it: by group, version, resource and operation."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cel

from manifests import Deployables, Mode, Object

Change = Callable[[Object], Any]

OURS = "system:serviceaccount:rollout-heal:rollout-heal-watch"
ROLLOUT = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Rollout",
    "metadata": {
        "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 3,
        "labels": {"app": "web"}, "annotations": {"rollout.argoproj.io/revision": "4"},
        "managedFields": [{"manager": "rollouts-controller"}],
    },
    "spec": {
        "replicas": 3, "paused": False, "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}},
        "template": {"spec": {"containers": [{"name": "web", "image": "web:1", "resources": {"limits": {"cpu": 1.5}}}]}},
    },
    "status": {"phase": "Degraded", "replicas": 3},
}


REPLICASET = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {
        "name": "web-7f9c", "namespace": "shop", "uid": "r", "resourceVersion": "8", "generation": 2,
        "labels": {"app": "web", "rollouts-pod-template-hash": "7f9c"},
        "annotations": {"rollout.argoproj.io/desired-replicas": "3"},
        "ownerReferences": [{"kind": "Rollout", "name": "web", "uid": "u", "controller": True}],
        "managedFields": [{"manager": "rollouts-controller"}],
    },
    "spec": {
        "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
    },
    "status": {"replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "observedGeneration": 2},
}


def restart(rollout: Object):
    rollout["spec"]["restartAt"] = "2026-03-01T12:00:00Z"
    labels = {"restarts": "1", "pod-hash": "abc", "restarted-at": "1772366400"}
    rollout["metadata"].setdefault("labels", {}).update({f"rollout-heal/{key}": value for key, value in labels.items()})
    rollout["metadata"].update(generation=4, managedFields=[{"manager": "rollout-heal"}])


def cancel(rollout: Object):
    rollout["spec"].pop("restartAt", None)
    rollout["metadata"].setdefault("labels", {})["rollout-heal/restarted-at"] = "1772366460"


def show(rollout: Object):
    """A refresh of the Rollout: a label, which is copied nowhere."""
    rollout["metadata"].setdefault("labels", {})["rollout-heal/refreshed"] = "1772366400.1"


def refresh(replicaset: Object):
    replicaset["metadata"].setdefault("annotations", {})["rollout-heal/refreshed"] = "1772366400.1"
    replicaset["metadata"].update(resourceVersion="9", managedFields=[{"manager": "rollout-heal"}])


def again(replicaset: Object):
    replicaset["metadata"].setdefault("annotations", {})["rollout-heal/refreshed"] = "1772366460.2"


def forget(replicaset: Object):
    replicaset["metadata"].get("annotations", {}).pop("rollout-heal/refreshed", None)


def without(*path: str) -> Change:
    def changed(value: Object):
        for part in path[:-1]:
            value = value[part]
        value.pop(path[-1])

    return changed


@dataclass
class Written:
    """A kind of object, by which resource it is written, and what in that may be changed."""

    group: str
    version: str
    resource: str
    sample: Object
    allowed: dict[str, Change]
    # Each is tried alone, and combined with each allowed change.
    denied: dict[str, Change]

    def samples(self) -> Iterator[Object]:
        """As it is, bare, and after each change that is allowed."""
        yield self.sample
        bare = copy.deepcopy(self.sample)
        for field in ("labels", "annotations"):
            del bare["metadata"][field]
        yield bare
        for change in self.allowed.values():
            yield changed(self.sample, change)


WRITTEN = [
    Written(
        "argoproj.io", "v1alpha1", "rollouts", ROLLOUT,
        {"nothing": lambda it: None, "a restart": restart, "taking it back": cancel, "a refresh by label": show},
        {
            "another image": lambda it: it["spec"]["template"]["spec"]["containers"][0].update(image="evil"),
            "another number of replicas": lambda it: it["spec"].update(replicas=0),
            "a field more in spec": lambda it: it["spec"].update(workloadRef={"name": "other"}),
            "a field less in spec": without("spec", "paused"),
            "a step less": lambda it: it["spec"]["strategy"]["canary"]["steps"].pop(),
            "another label": lambda it: it["metadata"]["labels"].update(app="other"),
            "a label more": lambda it: it["metadata"]["labels"].update(team="other"),
            "a label that begins as ours": lambda it: it["metadata"]["labels"].update({"rollout-heal/ignore": "true"}),
            "a label less": without("metadata", "labels", "app"),
            "no labels": without("metadata", "labels"),
            "an annotation more": lambda it: it["metadata"]["annotations"].update({"a": "b"}),
            "our mark as an annotation": lambda it: it["metadata"]["annotations"].update({"rollout-heal/refreshed": "1.1"}),
            "no annotations": without("metadata", "annotations"),
            "a finalizer": lambda it: it["metadata"].update(finalizers=["a/b"]),
            "an owner": lambda it: it["metadata"].update(ownerReferences=[{"uid": "x"}]),
            "a status": lambda it: it["status"].update(phase="Healthy"),
            "no status": without("status"),
        },
    ),
    Written(
        "apps", "v1", "replicasets/status", REPLICASET,
        {"nothing": lambda it: None, "a refresh": refresh, "another refresh": again, "forgetting it": forget},
        {
            "a label more": lambda it: it["metadata"]["labels"].update(team="other"),
            "another label": lambda it: it["metadata"]["labels"].update(app="other"),
            "our mark as a label": lambda it: it["metadata"]["labels"].update({"rollout-heal/refreshed": "1.1"}),
            "a label less": without("metadata", "labels", "rollouts-pod-template-hash"),
            "no labels": without("metadata", "labels"),
            "a finalizer": lambda it: it["metadata"].update(finalizers=["a/b"]),
            "an owner more": lambda it: it["metadata"]["ownerReferences"].append({"uid": "x"}),
            "another owner": lambda it: it["metadata"]["ownerReferences"][0].update(uid="x"),
            "no owner": without("metadata", "ownerReferences"),
            "an annotation more": lambda it: it["metadata"]["annotations"].update({"a": "b"}),
            "an annotation that begins as ours": lambda it: it["metadata"]["annotations"].update({"rollout-heal/ignore": "true"}),
            "another annotation": lambda it: it["metadata"]["annotations"].update({"rollout.argoproj.io/desired-replicas": "9"}),
            "an annotation less": without("metadata", "annotations", "rollout.argoproj.io/desired-replicas"),
            "no annotations": without("metadata", "annotations"),
            "another generation": lambda it: it["metadata"].update(generation=3),
            "status.replicas": lambda it: it["status"].update(replicas=0),
            "a condition": lambda it: it["status"].update(conditions=[{"type": "ReplicaFailure", "status": "True"}]),
            "a counter less": without("status", "readyReplicas"),
            "no status": without("status"),
            # The API server drops these itself before it calls a policy: a write through /status keeps the spec.
            "spec.replicas": lambda it: it["spec"].update(replicas=0),
            "another image": lambda it: it["spec"]["template"]["spec"]["containers"][0].update(image="evil"),
        },
    ),
]
WATCHED_ACCOUNTS = {
    OURS: True,
    "system:serviceaccount:argo-events:rollout-heal-job": True,
    "system:serviceaccount:shop:rollout-heal-cronjob": True,
    "system:serviceaccount:argo-rollouts:argo-rollouts": False,
    "system:serviceaccount:shop:rollout-heal-jobs": False,
    "system:serviceaccount:kube-system:replicaset-controller": False,
    "rollout-heal-watch": False,
}


def problems(found: Deployables) -> list[str]:
    mode = found.mode("admission-policy")
    if not mode:
        return []
    try:
        return [f"admission-policy: {problem}" for written in WRITTEN for problem in written_problems(mode, written)]
    except (ValueError, RuntimeError, TypeError) as error:
        return [f"admission-policy: an expression cannot be evaluated: {error}"]


def written_problems(mode: Mode, written: Written) -> Iterator[str]:
    policies = [each for each in mode.of_kind("ValidatingAdmissionPolicy") if is_asked(mode, each, written)]
    if not policies:
        yield f"nobody is asked about {written.resource}"
        return
    for before in written.samples():
        for name, change in written.allowed.items():
            for message in refusals(policies, OURS, before, changed(before, change)):
                yield f"{written.resource}: {name} is refused: {message}"
    for name, change in written.denied.items():
        for hiding, other in written.allowed.items():
            if not refusals(policies, OURS, written.sample, changed(written.sample, other, change)):
                yield f"{written.resource}: {name} is let through, with {hiding}"
        for account, is_ours in WATCHED_ACCOUNTS.items():
            if bool(refusals(policies, account, written.sample, changed(written.sample, change))) != is_ours:
                yield f"{written.resource}: it is {'not ' if is_ours else ''}for {account}: {name}"


def is_asked(mode: Mode, policy: Object, written: Written) -> bool:
    """Whether an update of this sort is shown to the policy, and denied when the policy says so."""
    is_bound = any(
        each["spec"]["policyName"] == policy["metadata"]["name"] and each["spec"]["validationActions"] == ["Deny"]
        and not each["spec"].get("matchResources")
        for each in mode.of_kind("ValidatingAdmissionPolicyBinding")
    )
    constraints = policy["spec"]["matchConstraints"]
    return is_bound and policy["spec"]["failurePolicy"] == "Fail" and constraints.keys() == {"resourceRules"} and any(
        written.group in rule["apiGroups"] and written.version in rule["apiVersions"]
        and written.resource in rule["resources"] and "UPDATE" in rule["operations"]
        and rule.keys() == {"apiGroups", "apiVersions", "resources", "operations"}
        for rule in constraints["resourceRules"]
    )


def changed(before: Object, *changes: Change) -> Object:
    after = copy.deepcopy(before)
    for change in changes:
        change(after)
    return after


def refusals(policies: list[Object], account: str, before: Object, after: Object) -> list[str]:
    result = []
    for policy in policies:
        spec = policy["spec"]
        request = {"userInfo": {"username": account}}
        if not all(cel.evaluate(each["expression"], {"request": request}) for each in spec["matchConditions"]):
            continue
        names: dict[str, Any] = {"object": after, "oldObject": before, "variables": {}}
        for variable in spec["variables"]:
            names["variables"][variable["name"]] = cel.evaluate(variable["expression"], names)
        result += (each["message"] for each in spec["validations"] if not cel.evaluate(each["expression"], names))
    return result

"""The admission policy's expressions on sample requests, evaluated by another implementation of CEL than the API server's."""

import copy
from collections.abc import Callable
from typing import Any

import cel

from manifests import Deployables, Object

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


def restart(rollout: Object):
    rollout["spec"]["restartAt"] = "2026-03-01T12:00:00Z"
    rollout["metadata"].setdefault("labels", {}).update({"rollout-heal/restarts": "1", "rollout-heal/pod-hash": "abc"})
    rollout["metadata"].update(generation=4, managedFields=[{"manager": "kubectl-rollout-heal"}])


def cancel(rollout: Object):
    rollout["spec"].pop("restartAt", None)


def both(change: Callable[[Object], Any]) -> Callable[[Object], None]:
    """A restart, with something more hidden in the same request."""

    def changed(rollout: Object):
        restart(rollout)
        change(rollout)

    return changed


ALLOWED = {"nothing": lambda rollout: None, "a restart": restart, "taking it back": cancel}
DENIED = {
    "another image": both(lambda it: it["spec"]["template"]["spec"]["containers"][0].update(image="evil")),
    "another number of replicas": both(lambda it: it["spec"].update(replicas=0)),
    "a field more in spec": both(lambda it: it["spec"].update(workloadRef={"name": "other"})),
    "a field less in spec": both(lambda it: it["spec"].pop("paused")),
    "a step less": both(lambda it: it["spec"]["strategy"]["canary"]["steps"].pop()),
    "another label": both(lambda it: it["metadata"]["labels"].update(app="other")),
    "a label more": both(lambda it: it["metadata"]["labels"].update(team="other")),
    "a label less": both(lambda it: it["metadata"]["labels"].pop("app")),
    "no labels": lambda it: it["metadata"].pop("labels"),
    "an annotation more": both(lambda it: it["metadata"]["annotations"].update({"a": "b"})),
    "no annotations": both(lambda it: it["metadata"].pop("annotations")),
    "a finalizer": both(lambda it: it["metadata"].update(finalizers=["a/b"])),
    "an owner": both(lambda it: it["metadata"].update(ownerReferences=[{"uid": "x"}])),
    "a status": both(lambda it: it["status"].update(phase="Healthy")),
    "no status": both(lambda it: it.pop("status")),
}
WATCHED_ACCOUNTS = {
    OURS: True,
    "system:serviceaccount:argo-events:rollout-heal-job": True,
    "system:serviceaccount:shop:rollout-heal-cronjob": True,
    "system:serviceaccount:argo-rollouts:argo-rollouts": False,
    "system:serviceaccount:shop:rollout-heal-jobs": False,
    "rollout-heal-watch": False,
}


def problems(found: Deployables) -> list[str]:
    mode = found.mode("admission-policy")
    if not mode:
        return []
    spec = mode.of_kind("ValidatingAdmissionPolicy")[0]["spec"]
    result = []
    unlabelled = copy.deepcopy(ROLLOUT)
    del unlabelled["metadata"]["labels"]
    restarted = copy.deepcopy(ROLLOUT)
    restart(restarted)
    try:
        for before in (ROLLOUT, unlabelled, restarted):
            for name, change in ALLOWED.items():
                refused = refusals(spec, before, change)
                result += (f"{name} is refused: {message}" for message in refused)
        for name, change in DENIED.items():
            if not refusals(spec, ROLLOUT, change):
                result.append(f"{name} is let through")
        for account, is_ours in WATCHED_ACCOUNTS.items():
            request = {"userInfo": {"username": account}}
            if all(cel.evaluate(each["expression"], {"request": request}) for each in spec["matchConditions"]) != is_ours:
                result.append(f"it is {'not ' if is_ours else ''}for {account}")
    except (ValueError, RuntimeError, TypeError) as error:
        result.append(f"an expression cannot be evaluated: {error}")
    return [f"admission-policy: {problem}" for problem in result]


def refusals(spec: Object, before: Object, change: Callable[[Object], Any]) -> list[str]:
    after = copy.deepcopy(before)
    change(after)
    names: dict[str, Any] = {"object": after, "oldObject": before, "variables": {}}
    for variable in spec["variables"]:
        names["variables"][variable["name"]] = cel.evaluate(variable["expression"], names)
    return [each["message"] for each in spec["validations"] if not cel.evaluate(each["expression"], names)]

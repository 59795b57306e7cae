"""What the controller thinks and wants, as pure functions of what it believes: a Rollout, its ReplicaSets, the time.

Reasons, messages, order and omitted zeros are those of argo-rollouts v1.7 (sync.go, canary.go, bluegreen.go, conditions.go).
"""

import copy
import datetime
import hashlib
import json

HASH = "rollouts-pod-template-hash"
DESIRED = "rollout.argoproj.io/desired-replicas"
REVISION = "rollout.argoproj.io/revision"
# Annotations of a Rollout that are not copied to its ReplicaSet.
NOT_COPIED = {"kubectl.kubernetes.io/last-applied-configuration", "rollout.argoproj.io/revision-history",
              "rollout.argoproj.io/workload-generation", REVISION, DESIRED}


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def parse(text):
    return datetime.datetime.fromisoformat(text) if text else None


def text(time):
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def short_hash(value):
    """Letters and digits as in the names of ReplicaSets; the same for the same value."""
    number = int.from_bytes(hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()[:6], "big")
    result = ""
    while len(result) < 9:
        number, rest = divmod(number, 27)
        result += "bcdfghjklmnpqrstvwxz2456789"[rest]
    return result


def replicas(thing):
    """spec.replicas; absent means 1."""
    return thing["spec"].get("replicas", 1)


def count(replica_set, field):
    return replica_set.get("status", {}).get(field, 0)


def pod_hash(replica_set):
    return replica_set["metadata"].get("labels", {}).get(HASH, "")


def annotation(thing, name):
    return thing["metadata"].get("annotations", {}).get(name)


def restart_is_pending(rollout, time):
    asked = parse(rollout["spec"].get("restartAt"))
    return asked is not None and asked <= time and asked != parse(rollout.get("status", {}).get("restartedAt"))


def restart_is_to_come(rollout, time):
    asked = parse(rollout["spec"].get("restartAt"))
    return asked is not None and asked > time


def says(whole, part):
    """Whether `whole` says all that `part` says: the API server adds defaults."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(says(whole.get(key), value) for key, value in part.items())
    if isinstance(part, list):
        return len(whole or []) == len(part) and all(map(says, whole or [], part))
    return whole == part or not part and not whole


def current_hash(rollout, replica_sets):
    """The hash of the ReplicaSet for the Rollout's template, whether it exists yet or not.

    One that others made, without a revision, is the current one when its template is the Rollout's.
    """
    template = rollout["spec"].get("template")
    if template is None:
        return rollout.get("status", {}).get("currentPodHash", "")
    for one in replica_sets:
        if not annotation(one, REVISION) and says(one["spec"]["template"], template):
            return pod_hash(one)
    return short_hash(template)


def only_scales(rollout, replica_sets):
    """Whether the controller does no more than scale: somebody changed spec.replicas, and a ReplicaSet does not know yet."""
    return any(replicas(one) and annotation(one, DESIRED) not in (None, str(replicas(rollout))) for one in replica_sets)


def wanted_replicas(rollout, replica_sets, current):
    """Name of a ReplicaSet to the spec.replicas that it should have. While an update is paused or aborted: nothing."""
    status, desired = rollout.get("status", {}), replicas(rollout)
    if (rollout["spec"].get("paused") or status.get("abort")) and status.get("stableRS", current) != current:
        return {}
    has_come = any(pod_hash(one) == current and count(one, "availableReplicas") >= desired for one in replica_sets)
    active = status.get("blueGreen", {}).get("activeSelector")
    wanted = {}
    for one in replica_sets:
        if "blueGreen" in rollout["spec"]["strategy"]:
            stays = desired if pod_hash(one) == active else 0
        else:
            stays = 0 if has_come else replicas(one)
        wanted[one["metadata"]["name"]] = desired if pod_hash(one) == current else stays
    return wanted


def new_replica_set(rollout, current, replica_sets):
    """Without pods; the controller scales it afterwards."""
    metadata, template = rollout["metadata"], copy.deepcopy(rollout["spec"]["template"])
    revision = str(1 + max([int(annotation(one, REVISION) or 0) for one in replica_sets], default=0))
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels[HASH] = current
    selector = copy.deepcopy(rollout["spec"]["selector"])
    selector.setdefault("matchLabels", {})[HASH] = current
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
        "name": f"{metadata['name']}-{current}", "namespace": metadata["namespace"], "labels": labels,
        "annotations": copied_annotations(rollout) | {DESIRED: str(replicas(rollout)), REVISION: revision},
        "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": metadata["name"],
                             "uid": metadata["uid"], "controller": True, "blockOwnerDeletion": True}]},
        "spec": {"replicas": 0, "selector": selector, "template": template}}


def copied_annotations(rollout):
    """Those that the controller copies to the current ReplicaSet."""
    return {name: value for name, value in rollout["metadata"].get("annotations", {}).items() if name not in NOT_COPIED}


def max_unavailable(rollout):
    """As the controller resolves it: 25 % unless it is said, per cent rounded down."""
    (strategy,) = [rollout["spec"]["strategy"][one] for one in ("canary", "blueGreen") if one in rollout["spec"]["strategy"]]
    said, desired = strategy.get("maxUnavailable", "25%"), replicas(rollout)
    return min(desired, desired * int(said[:-1]) // 100 if isinstance(said, str) else said)


class Conditions(list):
    def named(self, kind):
        return next((one for one in self if one["type"] == kind), None)

    def set(self, kind, status, reason, message, time, force=False):
        """As SetRolloutCondition: nothing when status and reason are the same. Returns whether the status changed."""
        old = self.named(kind)
        if old and (old["status"], old["reason"]) == (status, reason) and not force:
            return False
        same = bool(old) and old["status"] == status
        self[:] = [one for one in self if one["type"] != kind]
        self.append({"type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": text(time),
                     "lastTransitionTime": old["lastTransitionTime"] if same else text(time)})
        return not same


def counters(rollout, replica_sets, status):
    """The sums that the status must hold."""
    def total(field, sets=replica_sets):
        return sum(count(one, field) for one in sets)
    judged = replica_sets
    if "blueGreen" in rollout["spec"]["strategy"]:
        active = status["blueGreen"].get("activeSelector")
        judged = [one for one in replica_sets if pod_hash(one) == active] or replica_sets
    seen = {"availableReplicas": total("availableReplicas", judged), "HPAReplicas": total("replicas", judged)}
    if not only_scales(rollout, replica_sets):
        updated = [one for one in replica_sets if pod_hash(one) == status["currentPodHash"]]
        seen |= {"replicas": total("replicas"), "updatedReplicas": total("replicas", updated),
                 "readyReplicas": total("readyReplicas", judged)}
    return seen


def judge(rollout, replica_sets, current, time):
    """The status that the controller writes when it believes this; `current` is the pod hash of the Rollout's template."""
    old, spec, desired = rollout.get("status", {}), rollout["spec"], replicas(rollout)
    status = copy.deepcopy(old)
    status["observedGeneration"] = str(rollout["metadata"]["generation"])
    status.setdefault("blueGreen", {})
    status.setdefault("canary", {})
    if only_scales(rollout, replica_sets) and old.get("currentPodHash"):
        put_counters(status, counters(rollout, replica_sets, status))
        put_phase(spec, status, desired)
        return status

    status["currentPodHash"] = current
    has_come = any(pod_hash(one) == current and count(one, "availableReplicas") >= desired for one in replica_sets)
    goes_on = not spec.get("paused") and not status.get("abort") and has_come
    selector = ",".join(f"{key}={value}" for key, value in sorted(spec["selector"].get("matchLabels", {}).items())) \
        if "selector" in spec else old.get("selector", "")
    if not any(pod_hash(one) == status.get("stableRS") for one in replica_sets):
        status["stableRS"] = current
    if "blueGreen" in spec["strategy"]:
        if spec["strategy"]["blueGreen"].get("previewService"):
            status["blueGreen"]["previewSelector"] = current
        if goes_on:
            status["blueGreen"]["activeSelector"] = status["stableRS"] = current
        active = status["blueGreen"].get("activeSelector")
        status["selector"] = f"{selector},{HASH}={active}" if active and "selector" in spec else selector
    else:
        steps = spec["strategy"]["canary"].get("steps")
        status["currentStepHash"] = short_hash(steps) if steps else "5ffbfbbd64"
        if steps:
            status["currentStepIndex"] = len(steps)
        if goes_on:
            status["stableRS"] = current
        status["selector"] = selector
    put_counters(status, counters(rollout, replica_sets, status))
    put_conditions(rollout, replica_sets, status, time)
    put_phase(spec, status, desired)
    return status


def put_counters(status, seen):
    for field, value in seen.items():
        if value:
            status[field] = value
        else:
            status.pop(field, None)


def is_healthy(rollout, status, desired):
    """As conditions.RolloutHealthy; the generation is the one that was observed before."""
    if "blueGreen" in rollout["spec"]["strategy"]:
        selectors = [status["blueGreen"].get("activeSelector")]
        if rollout["spec"]["strategy"]["blueGreen"].get("previewService"):
            selectors.append(status["blueGreen"].get("previewSelector"))
        done = all(one == status["currentPodHash"] for one in selectors)
    else:
        done = status.get("stableRS") == status["currentPodHash"] and status.get("replicas", 0) == desired
    return done and status.get("updatedReplicas", 0) == status.get("availableReplicas", 0) == desired \
        and rollout.get("status", {}).get("observedGeneration") == str(rollout["metadata"]["generation"])


def has_progressed(old, status):
    """As conditions.RolloutProgressing."""
    def at(whole, field):
        return whole.get(field, 0)
    return at(status, "updatedReplicas") != at(old, "updatedReplicas") \
        or at(status, "replicas") - at(status, "updatedReplicas") < at(old, "replicas") - at(old, "updatedReplicas") \
        or at(status, "availableReplicas") > at(old, "availableReplicas") \
        or at(status, "readyReplicas") > at(old, "readyReplicas") \
        or status.get("stableRS") != old.get("stableRS") \
        or status["blueGreen"] != old.get("blueGreen", {})


def put_conditions(rollout, replica_sets, status, time):
    old, spec, desired = rollout.get("status", {}), rollout["spec"], replicas(rollout)
    conditions = status["conditions"] = Conditions(status.get("conditions", []))
    conditions[:] = [one for one in conditions if one["type"] != "InvalidSpec"]
    paused = spec.get("paused") or status.get("pauseConditions")
    healthy = not paused and is_healthy(rollout, status, desired)
    became_unhealthy = False
    if healthy:
        conditions.set("Healthy", "True", "RolloutHealthy", "Rollout is healthy", time)
    elif conditions.named("Healthy"):
        became_unhealthy = conditions.set("Healthy", "False", "RolloutHealthy", "Rollout is not healthy", time)
    completed = "True" if status["stableRS"] == status["currentPodHash"] else "False"
    conditions.set("Completed", completed, "RolloutCompleted", "RolloutCompleted", time)

    name = f'ReplicaSet "{rollout["metadata"]["name"]}-{status["currentPodHash"]}"'
    before = conditions.named("Progressing")
    if status.get("abort"):
        revision = annotation(rollout, REVISION)
        conditions.set("Progressing", "False", "RolloutAborted", f"Rollout aborted update to revision {revision}", time)
    elif paused:
        conditions.set("Progressing", "Unknown", "RolloutPaused", "Rollout is paused", time)
        conditions.set("Paused", "True", "RolloutPaused", "Rollout is paused", time)
    elif (conditions.named("Paused") or {}).get("status") == "True":
        conditions.set("Paused", "False", "RolloutPaused", "Rollout is paused", time)
        conditions.set("Progressing", "Unknown", "RolloutResumed", "Rollout is resumed", time)
    elif healthy:
        conditions.set("Progressing", "True", "NewReplicaSetAvailable", f"{name} has successfully progressed.", time)
    elif before is None or has_progressed(old, status) or became_unhealthy:
        if status["stableRS"] == status["currentPodHash"] and became_unhealthy:
            reason = "ReplicaSetNotAvailable", "Rollout does not have minimum availability"
        else:
            reason = "ReplicaSetUpdated", f"{name} is progressing."
        conditions.set("Progressing", "True", *reason, time, force=True)
    elif before["reason"] == "ProgressDeadlineExceeded" or (deadline(spec, status) or time) < time:
        conditions.set("Progressing", "False", "ProgressDeadlineExceeded", f"{name} has timed out progressing.", time)

    if "blueGreen" in spec["strategy"]:
        active = status["blueGreen"].get("activeSelector")
        available = any(pod_hash(one) == active and replicas(one) == count(one, "availableReplicas") == desired
                        for one in replica_sets)
    else:
        available = status.get("availableReplicas", 0) >= desired
    conditions.set("Available", *(("True", "AvailableReason", "Rollout has minimum availability") if available else
                                  ("False", "AvailableReason", "Rollout does not have minimum availability")), time)


def deadline(spec, status):
    """When the Rollout times out unless something progresses; None when nothing is to be waited for."""
    for one in status.get("conditions", []):
        if one["type"] == "Progressing":
            if one["reason"] in ("ReplicaSetUpdated", "ReplicaSetNotAvailable", "RolloutResumed"):
                return parse(one["lastUpdateTime"]) + datetime.timedelta(seconds=spec.get("progressDeadlineSeconds", 600))
    return None


def put_phase(spec, status, desired):
    phase, message = phase_of(spec, status, desired)
    status["phase"] = phase
    status.pop("message", None)
    if message:
        status["message"] = message


def phase_of(spec, status, desired):
    for one in status.get("conditions", []):
        if one["type"] == "InvalidSpec":
            return "Degraded", f"InvalidSpec: {one['message']}"
        if one["reason"] in ("RolloutAborted", "ProgressDeadlineExceeded"):
            return "Degraded", f"{one['reason']}: {one['message']}"
    updated, current = status.get("updatedReplicas", 0), status.get("currentPodHash")
    if spec.get("paused"):
        return "Paused", "manually paused"
    if status.get("pauseConditions"):
        return "Paused", status["pauseConditions"][0]["reason"]
    if spec.get("restartAt") and parse(spec["restartAt"]) != parse(status.get("restartedAt")):
        return "Progressing", "rollout is restarting"
    if updated < desired:
        return "Progressing", "more replicas need to be updated"
    if status.get("availableReplicas", 0) < updated:
        return "Progressing", "updated replicas are still becoming available"
    if "blueGreen" in spec["strategy"]:
        if status["blueGreen"].get("activeSelector") != current:
            return "Progressing", "active service cutover pending"
        if status.get("stableRS") != current:
            return "Progressing", "waiting for analysis to complete"
    elif "trafficRouting" not in spec["strategy"]["canary"] and status.get("replicas", 0) > updated:
        return "Progressing", "old replicas are pending termination"
    if status.get("stableRS") != current:
        return "Progressing", "waiting for all steps to complete"
    return "Healthy", None


def invalid_spec(rollout, time):
    """The status of a Rollout that the controller refuses, None when it takes it."""
    spec = rollout["spec"]
    if not spec.get("workloadRef"):
        missing = next((one for one in ("selector", "template") if not spec.get(one)), None)
    else:
        missing = None
    if not any(one in spec.get("strategy", {}) for one in ("canary", "blueGreen")):
        missing = "strategy"
    if missing is None:
        return None
    status = copy.deepcopy(rollout.get("status", {}))
    conditions = status["conditions"] = Conditions(status.get("conditions", []))
    message = f'The Rollout "{rollout["metadata"]["name"]}" is invalid: spec.{missing}: Required value'
    conditions.set("InvalidSpec", "True", "InvalidSpec", message, time)
    return status | {"observedGeneration": str(rollout["metadata"]["generation"]), "phase": "Degraded",
                     "message": f"InvalidSpec: {message}"}

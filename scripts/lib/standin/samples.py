"""Sample Rollouts (scripts/dev/samples) are shapes that stand still; what a restart and a refresh make of them is played here."""

from . import judge

EXPECTED = "rollout-heal.test/expected-diagnosis"


def expected(rollout):
    """How the sample is to be judged; None for what is no sample."""
    return judge.annotation(rollout, EXPECTED)


def due(rollout):
    """When its restart is to be played; None when there is none.

    A restart that is older than its Rollout is left pending, as behind a PodDisruptionBudget.
    """
    asked = judge.parse(rollout["spec"].get("restartAt"))
    done = judge.parse(rollout.get("status", {}).get("restartedAt"))
    return asked if asked and asked != done and asked >= judge.parse(rollout["metadata"]["creationTimestamp"]) else None


def restarted(rollout, time):
    """What changes in its status: in one step the generation is observed, in the next the restart is done."""
    status, generation = rollout.get("status", {}), str(rollout["metadata"]["generation"])
    if status.get("observedGeneration") != generation:
        return {"observedGeneration": generation}
    done = {"restartedAt": rollout["spec"]["restartAt"]}
    return done | healthy(rollout, time) if expected(rollout) in ("stuck", "unproven", "stale") else done


def healthy(rollout, time):
    status, pods = rollout.get("status", {}), judge.replicas(rollout)
    conditions = judge.Conditions(dict(one) for one in status.get("conditions", []))
    for one in list(conditions):
        if one["type"] == "Healthy":
            conditions.set("Healthy", "True", "RolloutHealthy", "Rollout is healthy", time, force=True)
        elif one["type"] == "Available":
            conditions.set("Available", "True", "AvailableReason", "Rollout has minimum availability", time, force=True)
        elif one["type"] == "Progressing":
            message = one["message"].replace("has timed out progressing", "has successfully progressed")
            conditions.set("Progressing", "True", "NewReplicaSetAvailable", message, time, force=True)
    return {"phase": "Healthy", "message": None, "conditions": conditions} | dict.fromkeys(
        ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "HPAReplicas"), pods)


def seen_again(rollout, replica_sets, time):
    """The status of one that was believed wrongly, judged anew from what is there."""
    for _ in range(3):
        status = judge.judge(rollout, replica_sets, rollout.get("status", {}).get("currentPodHash", ""), time)
        rollout = rollout | {"status": status}
    return rollout["status"]

"""Plays the ReplicaSet controller and the kubelet: pods that are only numbers and times of birth."""

from . import judge
from .api import MERGE, REPLICA_SETS, Refused, path_of

AVAILABLE = "rollout-heal.test/available"


class NoEviction(Exception):
    """Every eviction of such a pod is answered 500: more than one PodDisruptionBudget matches it."""


class Pods:
    def __init__(self, api):
        self.api = api
        # Maps a ReplicaSet's uid to the creation times of its pods.
        self.born = {}
        # Versions that result from our own status writes, if only the number of pods has changed.
        self.written = set()

    def observe(self, replica_set, writes=True):
        """Brings the pods to their number, and says so in the ReplicaSet's status: at once, for nothing has to start."""
        metadata = replica_set["metadata"]
        wanted = judge.replicas(replica_set)
        if metadata["uid"] not in self.born:
            # Pods that existed before we started are as old as their ReplicaSet.
            born = judge.parse(metadata["creationTimestamp"])
            self.born[metadata["uid"]] = [born] * judge.count(replica_set, "replicas")
        born = self.born[metadata["uid"]]
        born[wanted:] = []
        born += [judge.now()] * (wanted - len(born))
        status = self.status(replica_set)
        seen = {field: value for field, value in replica_set.get("status", {}).items() if field in status and value}
        if writes and seen != {field: value for field, value in status.items() if value}:
            self.write(replica_set, status)

    def status(self, replica_set):
        wanted = judge.replicas(replica_set)
        broken = any("broken" in one.get("image", "") for one in replica_set["spec"]["template"]["spec"]["containers"])
        available = min(wanted, int(judge.annotation(replica_set, AVAILABLE) or (0 if broken else wanted)))
        return {"replicas": wanted, "fullyLabeledReplicas": wanted or None, "readyReplicas": available or None,
                "availableReplicas": available or None, "observedGeneration": replica_set["metadata"]["generation"]}

    def write(self, replica_set, status, is_reaction=True):
        metadata = replica_set["metadata"]
        path = path_of(REPLICA_SETS, f"{metadata['namespace']}/{metadata['name']}", "/status")
        answer = self.api.request("PATCH", f"{path}?fieldManager=kube-controller-manager",
                                  {"metadata": {"uid": metadata["uid"]}, "status": status}, MERGE)
        if is_reaction:
            self.written.add(answer["metadata"]["resourceVersion"])

    def older(self, replica_set, time):
        return [one for one in self.born.get(replica_set["metadata"]["uid"], []) if one < time]

    def evict(self, replica_set, time, most):
        """Replaces pods that are older, and lets the status dip. Returns how many; 0 where a budget forbids it."""
        budgets = self.budgets(replica_set)
        if len(budgets) > 1:
            raise NoEviction("this pod has more than one PodDisruptionBudget, which the eviction subresource does not support")
        if any(one.get("status", {}).get("disruptionsAllowed", 0) < 1 for one in budgets):
            return 0
        born = self.born[replica_set["metadata"]["uid"]]
        going = sorted(self.older(replica_set, time))[:most]
        for one in going:
            born.remove(one)
        born += [judge.now()] * len(going)
        status = self.status(replica_set)
        rest = max(0, (status["availableReplicas"] or 0) - len(going)) or None
        if going:
            # Such a change corrects a stale view of this ReplicaSet.
            self.write(replica_set, status | {"readyReplicas": rest, "availableReplicas": rest}, is_reaction=False)
            self.write(replica_set, status, is_reaction=False)
        return len(going)

    def budgets(self, replica_set):
        namespace = replica_set["metadata"]["namespace"]
        for version in ("v1", "v1beta1"):
            try:
                items = self.api.request(
                    "GET", f"/apis/policy/{version}/namespaces/{namespace}/poddisruptionbudgets")["items"]
            except Refused as refusal:
                if refusal.status != 404:
                    raise
                continue
            labels = replica_set["spec"]["template"]["metadata"].get("labels", {})
            return [one for one in items if matches(one["spec"].get("selector"), labels, version == "v1")]
        return []

    def delete(self, replica_set):
        """Not one of the same name that came in between."""
        metadata = replica_set["metadata"]
        path = path_of(REPLICA_SETS, f"{metadata['namespace']}/{metadata['name']}")
        try:
            self.api.request("DELETE", path, {"preconditions": {"uid": metadata["uid"]}})
        except Refused as refusal:
            if refusal.status not in (404, 409):
                raise


def matches(selector, labels, empty_matches):
    """matchLabels only; an empty selector matches all in policy/v1 and nothing in policy/v1beta1."""
    wanted = (selector or {}).get("matchLabels", {})
    return all(labels.get(key) == value for key, value in wanted.items()) and (bool(wanted) or empty_matches and selector == {})

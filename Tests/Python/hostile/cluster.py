"""The API server that an attack stands in front of: one Rollout that a restart heals, and its ReplicaSet."""

import json
import re
import threading
import time
from dataclasses import dataclass, field

NAMESPACE, NAME, UID, HASH = "shop", "web", "11111111-2222-3333-4444-555555555555", "5d8f"
LIST, STREAMED, GET, REPLICASETS = "list", "streamed list", "get", "replicasets"
PATCH, WATCH, OTHER = "patch", "watch", "other"
ROLLOUTS = re.compile(r"/apis/argoproj.io/v1alpha1/(?:namespaces/([^/]*)/)?rollouts(?:/([^/?]*))?")


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.split("?")[0]

    @property
    def stage(self) -> str:
        """What the request is for, to the command that sends it."""
        if "/replicasets" in self.path:
            return REPLICASETS
        match = ROLLOUTS.fullmatch(self.path)
        if not match:
            return OTHER
        if self.method == "PATCH":
            return PATCH
        if "sendInitialEvents=true" in self.target:
            return STREAMED
        return GET if match[2] else WATCH if "watch=true" in self.target else LIST


@dataclass
class Cluster:
    """What is stored, and what has been asked for."""

    requests: list[Request] = field(default_factory=list)
    restart_at: str | None = None
    #: The times of all requested restarts.
    moments: list[str] = field(default_factory=list)
    #: Whether the refusal that happens once has happened.
    has_refused: bool = False
    #: A port to which nobody may connect.
    trap: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: Request):
        with self.lock:
            self.requests.append(request)

    def count(self, stage: str) -> int:
        with self.lock:
            return sum(request.stage == stage for request in self.requests)

    def apply(self, request: Request):
        """Stores what a PATCH asks for."""
        with self.lock:
            self.restart_at = json.loads(request.body)["spec"]["restartAt"]
            self.moments.append(self.restart_at)

    def rollout(self, name=NAME, namespace=NAMESPACE, **changes) -> dict:
        healthy = bool(self.restart_at)
        status = {"observedGeneration": "1", "currentPodHash": HASH, "stableRS": HASH, "restartedAt": self.restart_at,
                  "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2, "HPAReplicas": 2,
                  "phase": "Healthy" if healthy else "Degraded", "conditions": [
                      {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                       "lastUpdateTime": stamp(-3600)}],
                  "message": "" if healthy else 'ProgressDeadlineExceeded: ReplicaSet "x" has timed out progressing.'}
        found = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                 "metadata": {"name": name, "namespace": namespace, "uid": UID, "resourceVersion": "7", "generation": 1},
                 "spec": {"replicas": 2, "strategy": {"blueGreen": {}}, "restartAt": self.restart_at}, "status": status}
        for part, fields in changes.items():
            found[part].update(fields)
        return found

    def replica_set(self) -> dict:
        return {"apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": {"name": f"{NAME}-{HASH}", "namespace": NAMESPACE, "generation": 1,
                             "labels": {"rollouts-pod-template-hash": HASH}, "ownerReferences": [{"uid": UID}],
                             # The mark of a refresh that did not help, so that a stuck Rollout is restarted
                             # immediately.
                             "annotations": {"rollout-heal/refreshed": f"{int(time.time()) - 60}.1"}},
                "spec": {"replicas": 2}, "status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2}}

    def answer(self, request: Request) -> tuple[int, dict]:
        """Status and object that an honest server gives."""
        match request.stage:
            case "list":
                return 200, listed("Rollout", [self.rollout()])
            case "streamed list":
                return 422, {"kind": "Status", "code": 422, "reason": "Invalid", "message": "sendInitialEvents is forbidden"}
            case "get":
                return 200, self.rollout()
            case "replicasets":
                return 200, listed("ReplicaSet", [self.replica_set()])
            case "patch":
                self.apply(request)
                return 200, self.rollout()
            case "watch":
                return 200, {"type": "BOOKMARK", "object": {"kind": "Rollout", "metadata": {"resourceVersion": "9"}}}
        if request.method == "POST":
            return 201, json.loads(request.body)
        return 404, {"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"}


def listed(kind: str, items: list, **metadata) -> dict:
    return {"apiVersion": "v1", "kind": f"{kind}List", "metadata": {"resourceVersion": "8"} | metadata, "items": items}


def stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))

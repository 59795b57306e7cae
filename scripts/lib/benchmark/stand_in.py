"""The stand-in for the controller (scripts/dev/stand-in-controller) beside a throw-away cluster, and the Rollouts it cares for."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable

from fleet import MERGE, Fleet

PROGRAM = pathlib.Path(__file__).parents[2] / "dev/stand-in-controller"
INSTANCE = "bench"
#: Pods of a Rollout, before and after the scaling that its controller sees wrongly.
BEFORE, AFTER = 3, 2
ROLLOUTS = "/apis/argoproj.io/v1alpha1/rollouts"
SETS = "/apis/apps/v1/replicasets?labelSelector=rollouts-pod-template-hash"


class StandIn:
    """Runs within `with`; what it cares for is gone after it."""

    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)
        self.fleet = Fleet(folder, 0)
        self.server = self.fleet.server
        self.namespaces: set[str] = set()

    def __enter__(self):
        self.log = open(self.folder / "stand-in.log", "ab")
        self.process = subprocess.Popen(
            [PROGRAM, "--dir", self.folder, "--instance-id", INSTANCE], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log)
        self.wait("a stand-in", self.is_connected)
        return self

    def __exit__(self, kind, *_):
        with contextlib.ExitStack() as last:
            last.callback(self.log.close)
            last.callback(self.process.wait, 10)
            last.callback(self.process.send_signal, signal.SIGTERM)
            if kind is None:
                for namespace in self.namespaces:
                    self.server.must("DELETE", self.rollouts(namespace))
                # It plays the garbage collector too.
                self.wait("its ReplicaSets to go", lambda: not self.server.must("GET", SETS)["items"])

    def is_connected(self) -> bool:
        if self.process.poll() is not None:
            raise SystemExit(f"error: the stand-in has ended: {self.folder}/stand-in.log")
        try:
            folder = os.open(self.folder / "stand-in", os.O_RDONLY)
        except FileNotFoundError:
            return False
        connection = socket.socket(socket.AF_UNIX)
        try:
            # The path of a socket must be short.
            connection.connect(f"/proc/self/fd/{folder}/control-{INSTANCE}")
        except OSError:
            connection.close()
            return False
        finally:
            os.close(folder)
        self.stream = connection.makefile("rw")
        return True

    def tell(self, *words: str) -> dict:
        self.stream.write(" ".join(words) + "\n")
        self.stream.flush()
        answer = json.loads(self.stream.readline())
        if not answer["ok"]:
            raise SystemExit(f"error: the stand-in answers {answer} to {words}")
        return answer

    @staticmethod
    def wait(what: str, is_true: Callable[[], bool], seconds: float = 120):
        end = time.monotonic() + seconds
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit(f"error: waited for {what} in vain")
            # Whoever asks takes the time of those that are waited for.
            time.sleep(0.25)

    def rollouts(self, namespace: str) -> str:
        return self.fleet.path((namespace, "")).rstrip("/")

    # What users do.

    def deploy(self, keys: list[tuple[str, str]], labels: dict[str, str] | None = None):
        """Canaries without steps; returns when all are well."""
        for namespace in {namespace for namespace, _ in keys} - self.namespaces:
            self.server.must("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
            self.namespaces.add(namespace)
        self.fleet.each(lambda key: self.server.must("POST", self.rollouts(key[0]), rollout(key, labels or {})), keys)
        self.are_well(keys, BEFORE)

    def update(self, keys: list[tuple[str, str]]):
        """To another image; each has two ReplicaSets then."""
        container = {"name": "main", "image": "images.example/app:2"}
        self.fleet.each(lambda key: self.patch(key, {"spec": {"template": {"spec": {"containers": [container]}}}}), keys)
        # Until the controller makes that, the old one is all there is.
        self.wait("the new ReplicaSets", lambda: self.replica_sets(keys) == 2 * len(keys))
        self.are_well(keys, BEFORE)

    def lose_scaling(self, keys: list[tuple[str, str]]):
        """Scales each, and lets the controller never hear what that made of its ReplicaSets; returns when it has gone wrong."""
        for namespace, name in keys:
            self.tell("freeze", "replicaset", f"{namespace}/{name}-*")
        self.fleet.each(self.scale, keys)
        self.wait("the scaling to be lost", lambda: self.lost() == len(keys))
        self.wait("the status of all", lambda: all(is_seen_wrongly(one) for one in self.found(keys)))

    def scale(self, key):
        self.patch(key, {"spec": {"replicas": AFTER}})

    def patch(self, key, change: dict):
        self.server.must("PATCH", self.fleet.path(key), change, MERGE)

    # What is there.

    def found(self, keys: list[tuple[str, str]]) -> list[dict]:
        if len(keys) == 1:
            return [self.fleet.get(keys[0])]
        wanted, items = set(keys), self.server.must("GET", ROLLOUTS)["items"]
        return [one for one in items if (one["metadata"]["namespace"], one["metadata"]["name"]) in wanted]

    def are_well(self, keys: list[tuple[str, str]], replicas: int):
        self.wait("all to be well", lambda: all(is_well(one, replicas) for one in self.found(keys)))

    def replica_sets(self, keys: list[tuple[str, str]]) -> int:
        namespaces = {namespace for namespace, _ in keys}
        return sum(one["metadata"]["namespace"] in namespaces for one in self.server.must("GET", SETS)["items"])

    def lost(self) -> int:
        return sum(one["lost"] for one in self.tell("state")["faults"])

    def evicted(self) -> int:
        return sum(self.tell("state")["evicted"].values())


def rollout(key, labels: dict[str, str]) -> dict:
    namespace, name = key
    app = {"app": name}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {
        "namespace": namespace, "name": name, "labels": {"rollout-heal.test/instance": INSTANCE, **labels}},
        "spec": {"replicas": BEFORE, "progressDeadlineSeconds": 600, "strategy": {"canary": {}},
                 "selector": {"matchLabels": app}, "template": {
                     "metadata": {"labels": app},
                     "spec": {"containers": [{"name": "main", "image": "images.example/app:1"}]}}}}


def is_observed(found: dict) -> bool:
    return found.get("status", {}).get("observedGeneration") == str(found["metadata"]["generation"])


def is_seen_wrongly(found: dict) -> bool:
    return is_observed(found) and found["status"].get("replicas") == BEFORE and found["spec"]["replicas"] == AFTER


def is_well(found: dict, replicas: int) -> bool:
    """Seen as it is, and Healthy."""
    counters = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    return is_observed(found) and found["status"].get("phase") == "Healthy" and found["spec"]["replicas"] == replicas \
        and all(found["status"].get(one) == replicas for one in counters)

"""Rollouts as a large company has them, in a throw-away cluster: how they look, how one hangs, how it is healed."""

import json
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from apiserver import Server

NAMESPACES = 100
MESSAGE = 'ProgressDeadlineExceeded: ReplicaSet "web-7d9f5c" has timed out progressing.'
MERGE = "application/merge-patch+json"


def moment(ago: float = 0) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))


def condition(kind: str, status: str, reason: str, ago: float = 0) -> dict:
    return {"type": kind, "status": status, "reason": reason, "lastUpdateTime": moment(ago),
            "lastTransitionTime": moment(ago)}


def pod_hash(key) -> str:
    return f"{zlib.crc32('/'.join(key).encode()):x}"


def healthy(key, generation: int = 1) -> dict:
    """A status, of the Rollout with this key: (namespace, name)."""
    current = pod_hash(key)
    return {"phase": "Healthy", "message": None, "observedGeneration": str(generation), "currentPodHash": current,
            "stableRS": current, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
            "HPAReplicas": 2,
            "blueGreen": {"activeSelector": current},
            "conditions": [condition("Progressing", "True", "NewReplicaSetAvailable"),
                           condition("Healthy", "True", "RolloutHealthy")]}


def stuck(key, generation: int, since: int = 3600) -> dict:
    """Timed out so many seconds ago."""
    return {**healthy(key, generation), "phase": "Degraded", "message": MESSAGE,
            "conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded", since),
                           condition("Healthy", "False", "RolloutHealthy", since)]}


def unavailable(key, generation: int) -> dict:
    """Timed out because its pods are not there: nothing that a refresh or a restart would heal."""
    return {**stuck(key, generation), "readyReplicas": None, "availableReplicas": None}


def rollout(namespace: str, name: str) -> dict:
    """About 12 KB once the API server has added its part: 40 environment variables, probes, volumes, and all of it once
    more in the annotation that `kubectl apply` writes.
    """
    variables = [{"name": f"SETTING_{n}", "value": f"https://{name}-{n}.{namespace}.svc.example.internal:8443/api/v1"} for n in range(40)]
    container = {
        "name": "main", "image": f"images.example/{name}:1.42.{len(name)}", "env": variables,
        "ports": [{"name": "http", "containerPort": 8080}], "resources": {
            "requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "livenessProbe": {"httpGet": {"path": "/livez", "port": "http"}, "periodSeconds": 10},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5},
        "volumeMounts": [{"name": f"volume-{n}", "mountPath": f"/etc/{name}/{n}"} for n in range(4)]}
    labels = {"app": name, "app.kubernetes.io/part-of": namespace, "team": namespace}
    spec = {"replicas": 2, "revisionHistoryLimit": 5, "selector": {"matchLabels": {"app": name}},
            "strategy": {"blueGreen": {"activeService": name, "previewService": f"{name}-preview"}},
            "template": {"metadata": {"labels": labels}, "spec": {
                "containers": [container],
                "volumes": [{"name": f"volume-{n}", "configMap": {"name": f"{name}-{n}"}} for n in range(4)]}}}
    document = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                "metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": spec}
    applied = json.dumps(document, separators=(",", ":"))
    document["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied}
    return document


class Fleet:
    """`count` Rollouts over 100 namespaces; a key is (namespace, name)."""

    def __init__(self, folder: str, count: int):
        self.server = Server(folder)
        self.names = [(f"team-{n % NAMESPACES}", f"app-{n}") for n in range(count)]

    @staticmethod
    def path(key, sub: str = "") -> str:
        return f"/apis/argoproj.io/v1alpha1/namespaces/{key[0]}/rollouts/{key[1]}{sub}"

    def each(self, work, keys) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, keys))

    def fill(self) -> None:
        for n in range(NAMESPACES):
            self.server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": f"team-{n}"}})
        self.each(self.make, self.names)

    def make(self, key) -> None:
        self.server.ask("POST", self.path((key[0], "")).rstrip("/"), rollout(*key))
        self.set_status(key, healthy(key))

    def set_status(self, key, status: dict) -> None:
        self.server.ask("PATCH", self.path(key, "/status"), {"status": status}, MERGE)

    def get(self, key) -> dict:
        return self.server.ask("GET", self.path(key))[1]

    def add_replica_set(self, key, available: int = 2) -> dict:
        """The live ReplicaSet that proves that a Rollout is stuck, with the mark of a refresh that did not help, or that its
        pods are not available; gives the Rollout.
        """
        found = self.get(key)
        labels = {"app": key[1], "rollouts-pod-template-hash": pod_hash(key)}
        name = f"{key[1]}-{pod_hash(key)}"
        sets = f"/apis/apps/v1/namespaces/{key[0]}/replicasets"
        owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": key[1],
                 "uid": found["metadata"]["uid"]}
        self.server.ask("DELETE", f"{sets}/{name}", {"propagationPolicy": "Background"})
        self.server.ask("POST", sets, {
            "metadata": {"name": name, "labels": labels, "ownerReferences": [owner],
                         "annotations": {"rollout-heal/refreshed": f"{int(time.time()) - 60}.1"}},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"containers": [{"name": "main", "image": "a:1"}]}}}})
        self.server.ask("PATCH", f"{sets}/{name}/status",
                        {"status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": available,
                                    "availableReplicas": available}}, MERGE)
        return found

    def hang(self, key) -> None:
        found = self.add_replica_set(key)
        self.set_status(key, stuck(key, found["metadata"]["generation"]))

    def break_pods(self, key) -> None:
        found = self.add_replica_set(key, available=0)
        self.set_status(key, unavailable(key, found["metadata"]["generation"]))

    def heal(self, key) -> bool:
        """Plays the controller for a Rollout that was asked to restart; false when it was not."""
        found = self.get(key)
        asked = found["spec"].get("restartAt")
        if not asked or asked == found.get("status", {}).get("restartedAt"):
            return False
        self.set_status(key, {**healthy(key, found["metadata"]["generation"]), "restartedAt": asked})
        return True

    @contextmanager
    def observing(self, namespace: str):
        """Plays a controller that observes the first restart in the namespace: the others wait for that."""
        is_over = threading.Event()
        thread = threading.Thread(target=self.observe_first, args=(namespace, is_over))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def observe_first(self, namespace: str, is_over: threading.Event) -> None:
        restarted = self.path((namespace, "")).rstrip("/") + "?resourceVersion=0&labelSelector=rollout-heal/restarted-at"
        while not is_over.wait(0.02):
            for found in self.server.ask("GET", restarted)[1]["items"]:
                key = (namespace, found["metadata"]["name"])
                self.set_status(key, {"observedGeneration": str(found["metadata"]["generation"])})
                return

    def forget_restart(self, key) -> None:
        """As if it had never been restarted, and is Healthy."""
        self.server.ask("PATCH", self.path(key), {
            "spec": {"restartAt": None},
            "metadata": {"labels": {f"rollout-heal/{name}": None for name in ("restarts", "pod-hash", "restarted-at")}}}, MERGE)
        self.set_status(key, {**healthy(key, self.get(key)["metadata"]["generation"]), "restartedAt": None})

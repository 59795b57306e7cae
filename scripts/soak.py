"""The busy cluster of scripts/soak, and the look at what it does to the plugin."""

import http.client
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

NAMESPACES = 100
CHANGES_A_SECOND = 20
STUCK_EVERY = 3.0
HASH = "7d9f5c"
MESSAGE = 'ProgressDeadlineExceeded: ReplicaSet "web-7d9f5c" has timed out progressing.'
MERGE = "application/merge-patch+json"


class Server:
    """The API server as its administrator; a connection for each thread."""

    def __init__(self, folder: str):
        variables = dict(line.strip().split("=", 1) for line in open(f"{folder}/env"))
        self.port = int(variables["SERVER"].rsplit(":", 1)[1])
        self.context = ssl.create_default_context(cafile=variables["CA_FILE"])
        self.context.load_cert_chain(variables["ADMIN_CERT"], variables["ADMIN_KEY"])
        self.local = threading.local()

    def ask(self, method: str, path: str, body=None, kind="application/json"):
        for _ in range(2):
            if getattr(self.local, "connection", None) is None:
                self.local.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context)
            try:
                text = None if body is None else json.dumps(body)
                self.local.connection.request(method, path, text, {"Content-Type": kind})
                answer = self.local.connection.getresponse()
                return answer.status, json.loads(answer.read() or b"{}")
            except (http.client.HTTPException, OSError):
                self.local.connection = None
        raise SystemExit(f"no answer to {method} {path}")


def moment(ago: float = 0) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))


def condition(kind: str, status: str, reason: str, ago: float = 0) -> dict:
    return {"type": kind, "status": status, "reason": reason, "lastUpdateTime": moment(ago),
            "lastTransitionTime": moment(ago)}


def healthy() -> dict:
    return {"phase": "Healthy", "message": None, "observedGeneration": "1", "currentPodHash": HASH, "stableRS": HASH,
            "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "blueGreen": {"activeSelector": HASH},
            "conditions": [condition("Progressing", "True", "NewReplicaSetAvailable"),
                           condition("Healthy", "True", "RolloutHealthy")]}


def stuck(generation: int) -> dict:
    hour = 3600
    return {**healthy(), "phase": "Degraded", "message": MESSAGE, "observedGeneration": str(generation),
            "conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded", hour),
                           condition("Healthy", "False", "RolloutHealthy", hour)]}


def rollout(namespace: str, name: str) -> dict:
    variables = [{"name": f"SETTING_{n}", "value": "x" * 60} for n in range(40)]
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": name, "namespace": namespace, "annotations": {"note": "y" * 2000}},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}},
                     "strategy": {"blueGreen": {"activeService": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "main", "image": "a:1", "env": variables}]}}}}


class Cluster:
    def __init__(self, folder: str, count: int):
        self.server = Server(folder)
        self.names = [(f"team-{n % NAMESPACES}", f"app-{n}") for n in range(count)]
        # The Rollouts that hang now, and since when; each is given one turn at a time.
        self.hanging: dict[tuple[str, str], float] = {}
        # Each hangs once: a second time it would have to cool down first.
        self.fresh = random.sample(self.names, len(self.names))
        self.hung = self.healed = self.changes = 0

    def path(self, key, sub: str = "") -> str:
        return f"/apis/argoproj.io/v1alpha1/namespaces/{key[0]}/rollouts/{key[1]}{sub}"

    def make(self, key) -> None:
        self.server.ask("POST", self.path((key[0], "")).rstrip("/"), rollout(*key))
        self.server.ask("PATCH", self.path(key, "/status"), {"status": healthy()}, MERGE)

    def fill(self) -> None:
        for n in range(NAMESPACES):
            self.server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": f"team-{n}"}})
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.make, self.names))

    def change(self) -> None:
        """A status as busy controllers write it, or a Rollout made anew."""
        key = random.choice(self.names)
        if key in self.hanging:
            return
        self.changes += 1
        if random.random() < 0.02:
            self.server.ask("DELETE", self.path(key))
            self.make(key)
        else:
            phase = random.choice(["Healthy", "Progressing", "Healthy", "Paused"])
            self.server.ask("PATCH", self.path(key, "/status"),
                            {"status": {"phase": phase, "availableReplicas": random.randint(0, 2)}}, MERGE)

    def hang(self) -> None:
        key = self.fresh.pop()
        _, found = self.server.ask("GET", self.path(key))
        labels = {"app": key[1], "rollouts-pod-template-hash": HASH}
        name = f"{key[1]}-{HASH}"
        sets = f"/apis/apps/v1/namespaces/{key[0]}/replicasets"
        owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": key[1],
                 "uid": found["metadata"]["uid"]}
        self.server.ask("DELETE", f"{sets}/{name}", {"propagationPolicy": "Background"})
        self.server.ask("POST", sets, {
            "metadata": {"name": name, "labels": labels, "ownerReferences": [owner]},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"containers": [{"name": "main", "image": "a:1"}]}}}})
        self.server.ask("PATCH", f"{sets}/{name}/status",
                        {"status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2,
                                    "availableReplicas": 2}}, MERGE)
        self.server.ask("PATCH", self.path(key, "/status"), {"status": stuck(found["metadata"]["generation"])}, MERGE)
        self.hanging[key] = time.time()
        self.hung += 1

    def heal(self) -> None:
        """Plays the controller for what was restarted."""
        for key in list(self.hanging):
            _, found = self.server.ask("GET", self.path(key))
            asked = found["spec"].get("restartAt")
            if asked and asked != found.get("status", {}).get("restartedAt"):
                status = {**healthy(), "observedGeneration": str(found["metadata"]["generation"]), "restartedAt": asked}
                self.server.ask("PATCH", self.path(key, "/status"), {"status": status}, MERGE)
                del self.hanging[key]
                self.healed += 1


def reading(pid: int) -> tuple[int, int, float]:
    """Resident KiB, open descriptors, seconds of CPU."""
    lines = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(lines["VmRSS"].split()[0]), len(os.listdir(f"/proc/{pid}/fd")),
            (int(fields[11]) + int(fields[12])) / ticks)


def sent_twice(folder: str) -> int:
    """Rollouts whose restart the API server accepted twice within the cool-down."""
    last: dict[str, str] = {}
    twice = 0
    for line in open(f"{folder}/audit.log"):
        entry = json.loads(line)
        patch = entry.get("requestObject", {})
        if entry["user"]["username"] != "healer" or entry.get("verb") != "patch" or "spec" not in patch:
            continue
        if entry["responseStatus"]["code"] != 200:
            continue
        uid = patch["metadata"]["uid"]
        at = patch["spec"]["restartAt"]
        if uid in last and seconds(at) - seconds(last[uid]) < 900:
            twice += 1
        last[uid] = at
    return twice


def seconds(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def main() -> None:
    folder, binary, minutes, count = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    cluster = Cluster(folder, count)
    start = time.time()
    cluster.fill()
    print(f"{count} Rollouts made in {time.time() - start:.0f} s", flush=True)
    with open(f"{folder}/watch.log", "w") as log:
        plugin = subprocess.Popen(
            [binary, "watch", "-A", "--heal", "--settle", "2s", "--max-per-minute", "1000", "--kubeconfig",
             f"{folder}/kubeconfig", "--context", "healer", "--log-format", "json"], stdout=log, stderr=log)
    try:
        readings = soak(cluster, plugin, minutes)
    finally:
        plugin.send_signal(signal.SIGTERM)
        status = plugin.wait(5)
    judge(cluster, folder, readings, status)


def soak(cluster: Cluster, plugin: subprocess.Popen, minutes: float) -> list:
    readings = []
    begin = time.time()
    end = begin + minutes * 60
    next_hang = next_reading = begin
    while time.time() < end or (cluster.hanging and time.time() < end + 60):
        turn = time.time()
        if plugin.poll() is not None:
            sys.exit(f"the plugin ended with {plugin.returncode}")
        if turn < end:
            for _ in range(CHANGES_A_SECOND // 4):
                cluster.change()
            if turn >= next_hang:
                cluster.hang()
                next_hang = turn + STUCK_EVERY
        cluster.heal()
        if turn >= next_reading:
            readings.append(reading(plugin.pid))
            memory, files, cpu = readings[-1]
            print(f"{turn - begin:6.0f} s  {memory} KiB  {files} descriptors  {cpu:.1f} s of CPU  {cluster.changes} changes"
                  f"  {cluster.hung} hung  {cluster.healed} healed", flush=True)
            next_reading = turn + 30
        time.sleep(max(0.0, 0.25 - (time.time() - turn)))
    return readings


def judge(cluster: Cluster, folder: str, readings: list, status: int) -> None:
    settled = readings[2:] or readings
    half = len(settled) // 2
    early, late = max(r[0] for r in settled[:half] or settled), max(r[0] for r in settled[half:])
    files = {r[1] for r in settled}
    twice = sent_twice(folder)
    print(f"memory: at most {early} KiB in the first half, {late} KiB in the second; descriptors {sorted(files)}; "
          f"{twice} restarts sent twice; {len(cluster.hanging)} left stuck; exit status {status}")
    faults = [late > early * 1.05, max(files) - min(files) > 2, twice > 0, bool(cluster.hanging), status != 0]
    sys.exit(1 if any(faults) else 0)


main()

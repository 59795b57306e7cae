"""The busy cluster of scripts/dev/soak, and the look at what it does to the plugin."""

import json
import os
import random
import signal
import subprocess
import sys
import time

from fleet import MERGE, Fleet

CHANGES_A_SECOND = 20
STUCK_EVERY = 3.0


class Cluster(Fleet):
    """A fleet that lives: what hangs, what changes, what its controller heals."""

    def __init__(self, folder: str, count: int):
        super().__init__(folder, count)
        # The Rollouts that hang now, and since when; each is given one turn at a time.
        self.hanging: dict[tuple[str, str], float] = {}
        # Each hangs once: a second time it would have to cool down first.
        self.fresh = random.sample(self.names, len(self.names))
        self.hung = self.healed = self.changes = 0

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

    def hang_one(self) -> None:
        key = self.fresh.pop()
        self.hang(key)
        self.hanging[key] = time.time()
        self.hung += 1

    def heal_restarted(self) -> None:
        for key in list(self.hanging):
            if self.heal(key):
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
                cluster.hang_one()
                next_hang = turn + STUCK_EVERY
        cluster.heal_restarted()
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

"""What `watch` reads once nothing changes any more: on a cluster of its own, while other things are measured."""

import collections
import pathlib
import signal
import subprocess
import sys
import time

from audit import Audit
from fleet import NAMESPACES, Fleet
from table import Table


class Rest:
    """`count` Rollouts of which one in twenty stays unavailable, the same number in each namespace."""

    ONE_IN = 20

    def __init__(self, folder: str, ours: pathlib.Path, count: int, begin: float, window: float):
        self.fleet = Fleet(folder, count)
        self.folder, self.ours, self.begin, self.window = folder, ours, begin, window
        self.broken = self.fleet.names[:count // self.ONE_IN]

    def __enter__(self):
        start = time.monotonic()
        self.fleet.fill()
        self.fleet.each(self.fleet.break_pods, self.broken)
        print(f"{len(self.fleet.names)} Rollouts to rest, {len(self.broken)} of them unavailable, made in "
              f"{time.monotonic() - start:.0f} s", file=sys.stderr)
        self.audit = Audit(self.fleet.server.variables["AUDIT_LOG"])
        self.began, self.started = time.monotonic(), time.time()
        self.watch = subprocess.Popen(
            [self.ours, "watch", "-A", "--heal", "--context=healer", f"--kubeconfig={self.folder}/kubeconfig"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.watch.send_signal(signal.SIGTERM)
        status = self.watch.wait(10)
        if status != 0:
            raise SystemExit(f"error: watch ended with {status}")

    def measure(self, table: Table):
        left = self.began + self.begin + self.window - time.monotonic()
        if left > 0:
            print(f"watch rests for {left:.0f} s more", file=sys.stderr, flush=True)
            time.sleep(left)
        first, last = ((self.started + seconds) * 1000 for seconds in (self.begin, self.begin + self.window))
        requests = [one for one in self.audit.requests() if one.user == "healer" and one.verb != "watch"]
        patches = [one for one in requests if one.verb == "patch" and one.resource != "events"]
        if patches:
            raise SystemExit(f"error: {len(patches)} patches, as of {patches[0].uri}: none of this is to be healed")
        reads = [one for one in requests if one.verb in ("get", "list")]
        before = [one for one in reads if one.received < first]
        within = [one for one in reads if first <= one.received < last]
        lists = collections.Counter(one.key[0] for one in within if (one.verb, one.resource) == ("list", "replicasets"))
        others = len(within) - sum(lists.values())
        troubled = {namespace for namespace, _ in self.broken}
        if set(lists) - troubled or others:
            raise SystemExit(f"error: reads that nobody needs: {others} that are no list of ReplicaSets, and of "
                             f"{sorted(set(lists) - troubled)}")
        table.add("watch, reads a second at rest", len(within) / self.window, "reads/s", 0.2,
                  f"{len(self.fleet.names)} Rollouts in {NAMESPACES} namespaces, {len(self.broken)} of them unavailable; "
                  f"{len(within)} lists of the ReplicaSets of {len(lists)} namespaces in {self.window:.0f} s, from "
                  f"{self.begin:.0f} s after the start on, after {len(before)} reads; no other read")

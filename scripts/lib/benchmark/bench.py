"""The comparisons of scripts/dev/bench: ours, and what users would run instead, in one run on one cluster."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import subprocess
import sys
import time

from audit import Audit
from fleet import Fleet, stuck
from measure import Cost, interleaved, median, percentile, run
from rest import Rest
from slow_link import SlowLink
from stale import Stale
from stand_in import StandIn
from table import Table

LIST = "/apis/argoproj.io/v1alpha1/rollouts"
# What the replaced pipeline selects, and what it does with it.
FILTER = ('.items[] | select(.status.phase == "Degraded" and '
          '((.status.message // "") | test("ProgressDeadlineExceeded"))).metadata.name')
STUCK_IN_LIST = 20
#: What may be measured alone.
PARTS = ("comparisons", "far", "stale", "rest")


class Bench:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.folder = options.cluster
        self.fleet = Fleet(self.folder, options.rollouts)
        self.table = Table()
        self.servers = self.fleet.server.processes
        self.environment = {
            "KUBECONFIG": f"{self.folder}/kubeconfig", "OURS": str(options.ours), "KUBECTL": str(options.kubectl),
            "SERVER": self.fleet.server.variables["SERVER"]}

    def everything(self):
        options, stale = self.options, Table()
        with contextlib.ExitStack() as stack:
            if "rest" in options.only:
                rest = stack.enter_context(
                    Rest(options.rest_cluster, options.ours, options.resting, options.rest_from, options.rest_window))
            if "stale" in options.only:
                # Before the cluster is full: the stand-in follows all that is in it.
                with StandIn(self.folder) as stand_in:
                    measured = Stale(stand_in, options.ours, stale)
                    measured.one_by_one(options.stale)
                    measured.many(options.refreshes)
            if "comparisons" in options.only:
                self.comparisons()
            elif "far" in options.only:
                self.fill()
                self.far_lists()
            self.table.lines += stale.lines
            if "rest" in options.only:
                rest.measure(self.table)

    def fill(self):
        start = time.monotonic()
        self.fleet.fill()
        self.fleet.each(self.fleet.hang, self.fleet.names[:STUCK_IN_LIST])
        size = run(self.curl(f"{LIST}?resourceVersion=0") + f" -o {self.folder}/list.json", self.environment)
        self.bytes = os.path.getsize(f"{self.folder}/list.json")
        count = len(self.fleet.names)
        print(f"{count} Rollouts of {self.bytes / count / 1000:.1f} kB, made in {time.monotonic() - start:.0f} s; "
              f"the first list took {size.wall:.1f} s", file=sys.stderr)

    def comparisons(self):
        self.fill()
        self.lists()
        self.far_lists()
        self.memory()
        self.restarts()
        self.starts()
        self.watch()
        self.image()

    def curl(self, path: str, *flags: str) -> str:
        """A line that fetches `path` as the administrator.

        Under another name: what calls itself curl is answered with JSON for people to read, made by other code.
        """
        variables = self.fleet.server.variables
        return (f"curl -sSf --user-agent bench --noproxy '*' --cacert {variables['CA_FILE']} --cert {variables['ADMIN_CERT']} "
                f"--key {variables['ADMIN_KEY']} {' '.join(flags)} \"$SERVER{path}\"")

    def lists(self):
        """`list -A` against the bytes alone, and against the pipeline that it replaces."""
        near = self.near_lists()
        for _ in range(self.options.tries - 1):
            if all(near[name].wall <= near[curl].wall * self.options.wire
                   for name, curl in (("ours", "curl"), ("ours plain", "curl plain"))):
                break
            print("measured again: other work may have been in the way", file=sys.stderr)
            near = self.near_lists()
        theirs = interleaved({
            "pipeline": f"\"$KUBECTL\" get rollouts.argoproj.io -A -o json | jq '{FILTER}'",
            "table": '"$KUBECTL" get rollouts.argoproj.io -A', "ours": '"$OURS" list -A',
        }, self.environment, max(2, self.options.rounds // 4), self.servers)
        ratio = self.table.ratio
        ratio("list -A, time, against curl of the same bytes", near["ours plain"].wall, near["curl plain"].wall,
              self.options.wire, than=beside(near["ours plain"], near["curl plain"]), exact=True)
        ratio("the same, compressed", near["ours"].wall, near["curl"].wall, self.options.wire,
              than=beside(near["ours"], near["curl"]), exact=True)
        ratio("list -A, time, against kubectl get -o json \\| jq", theirs["ours"].wall, theirs["pipeline"].wall, 1 / 8,
              than=beside(theirs["ours"], theirs["pipeline"]))
        ratio("curl of the same bytes, time, against it", min(near["curl plain"].wall, near["curl"].wall),
              theirs["pipeline"].wall, None)
        ratio("list -A, CPU, against kubectl get -o json \\| jq", theirs["ours"].cpu, theirs["pipeline"].cpu, 1 / 20)
        ratio("list -A, memory, against kubectl get -o json \\| jq", theirs["ours"].memory, theirs["pipeline"].memory,
              None, "MiB")
        ratio("list -A, time, against kubectl get (a table)", theirs["ours"].wall, theirs["table"].wall, None)
        self.table.add("list -A, peak memory", near["ours"].memory, "MiB", 32, f"{self.bytes / 1e6:.0f} MB of JSON")

    def near_lists(self) -> dict[str, Cost]:
        fetch = f"{LIST}?resourceVersion=0"
        return interleaved({
            "ours": '"$OURS" list -A', "curl": self.curl(fetch, "-H 'Accept-Encoding: gzip'") + " -o /dev/null",
            "ours plain": '"$OURS" list -A --disable-compression', "curl plain": self.curl(fetch) + " -o /dev/null",
        }, self.environment, self.options.rounds, self.servers)

    def far_lists(self):
        """The same through 50 ms of delay and 100 Mbit/s."""
        link = SlowLink(self.fleet.server.port, delay=0.025, limit=100e6 / 8)
        far = {**self.environment, "SERVER": f"https://127.0.0.1:{link.port}"}
        fetch = f"{LIST}?resourceVersion=0"
        costs = interleaved({
            "ours": '"$OURS" list -A --server "$SERVER"',
            "curl": self.curl(fetch, "-H 'Accept-Encoding: gzip'") + " -o /dev/null",
            "ours plain": '"$OURS" list -A --disable-compression --server "$SERVER"',
            "curl plain": self.curl(fetch) + " -o /dev/null",
        }, far, max(1, self.options.rounds // 6))
        self.table.ratio("list -A at 50 ms and 100 Mbit/s, time, against curl of the same bytes", costs["ours plain"].wall,
                         costs["curl plain"].wall, self.options.wire)
        # 1,000 compressed Rollouts arrive within a few round trips, which is then all that this compares: no limit for few.
        self.table.ratio("the same, compressed", costs["ours"].wall, costs["curl"].wall,
                         self.options.wire if len(self.fleet.names) >= 10_000 else None)
        # So slow that the bytes take seconds, however many Rollouts there are: what is left of the difference is round trips.
        link = SlowLink(self.fleet.server.port, delay=0.25, limit=250 * len(self.fleet.names))
        far["SERVER"] = f"https://127.0.0.1:{link.port}"
        costs = interleaved({
            "ours": '"$OURS" list -A --server "$SERVER"',
            "curl": self.curl(fetch, "-H 'Accept-Encoding: gzip'") + " -o /dev/null",
        }, far, max(1, self.options.rounds // 6))
        self.table.ratio(f"compressed, at 500 ms and {2 * len(self.fleet.names) / 1000:g} Mbit/s", costs["ours"].wall,
                         costs["curl"].wall, self.options.wire, than=f"; {STUCK_IN_LIST} need evidence")

    def memory(self):
        """That a list of one namespace takes what a list of all takes."""
        few = interleaved({"ours": '"$OURS" list -n team-1'}, self.environment, 3)["ours"]
        self.table.add("list of one namespace, peak memory", few.memory, "MiB", None,
                       f"{len(self.fleet.names) // 100} Rollouts")

    def restarts(self):
        """Many restarts in one run, against one kubectl patch for each: all in one namespace."""
        keys = [("burst", f"app-{n}") for n in range(self.options.restarts)]
        self.fleet.server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "burst"}})
        self.fleet.each(self.fleet.make, keys)
        self.fleet.each(self.fleet.hang, keys)
        names = pathlib.Path(self.folder) / "names"
        names.write_text("".join(f"{name}\n" for _, name in keys))
        patch = '{"spec":{"restartAt":"2026-01-01T00:00:00Z"}}'
        commands = {
            "ours": '"$OURS" restart -n burst --yes --wait=false --settle 0 --no-events',
            "theirs": "xargs -I NAME \"$KUBECTL\" patch rollouts.argoproj.io -n burst NAME --type merge "
                      f"-p '{patch}' < {names}"}
        runs: dict[str, list[Cost]] = {"ours": [], "theirs": []}
        # In turn; one of theirs takes as long as twenty of ours.
        for who in ("ours", "theirs", "ours", "theirs", "ours"):
            with self.fleet.observing("burst"):
                runs[who].append(run(commands[who], self.environment, self.servers))
            restarted = sum(1 for key in keys if self.fleet.get(key)["spec"].get("restartAt"))
            if restarted != len(keys):
                raise SystemExit(f"error: {restarted} of {len(keys)} were restarted")
            self.fleet.each(self.fleet.forget_restart, keys)
            self.fleet.each(self.fleet.hang, keys)
        ours, theirs = median(runs["ours"]), median(runs["theirs"])
        self.table.ratio(f"restart of {len(keys)}, time, against xargs -n1 kubectl patch, without Events", ours.wall, theirs.wall, 1 / 20,
                         than=beside(ours, theirs))
        for key in keys:
            self.fleet.server.ask("DELETE", self.fleet.path(key))

    def starts(self):
        costs = interleaved({"ours": '"$OURS" version', "kubectl": '"$KUBECTL" version --client'}, self.environment, 21)
        self.table.ratio("version, time, against kubectl version --client", costs["ours"].wall * 1000,
                         costs["kubectl"].wall * 1000, None, "ms")
        self.table.ratio("version, CPU, against kubectl version --client", costs["ours"].cpu * 1000,
                         costs["kubectl"].cpu * 1000, None, "ms")

    def watch(self):
        """Memory at rest and under churn, and the time from a status that is written to the PATCH."""
        for key in self.fleet.names[:STUCK_IN_LIST]:
            self.fleet.forget_restart(key)
        watch = subprocess.Popen(
            [self.options.ours, "watch", "-A", "--heal", "--settle=0", "--max-per-minute=100000", "--storm-threshold=100%",
             # What is measured is the way of one event, not the limiter that many wait for.
             "--qps=1000", "--burst=1000", "--timeout=10s", "--context=healer", f"--kubeconfig={self.folder}/kubeconfig"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(self.options.rest)
            rest = self.resident(watch)
            # A namespace heals one at a time: what hangs next is in another one.
            fresh = self.fleet.names[STUCK_IN_LIST:]
            for key in fresh[:self.options.latencies]:
                self.fleet.add_replica_set(key)
            audit = Audit(self.fleet.server.variables["AUDIT_LOG"])
            for key in fresh[:self.options.latencies]:
                self.fleet.set_status(key, stuck(key, self.fleet.get(key)["metadata"]["generation"]))
                end = time.monotonic() + 10
                while not self.fleet.heal(key) and time.monotonic() < end:
                    time.sleep(0.02)
            self.churn(fresh[self.options.latencies:])
            most = self.resident(watch, "VmHWM")
        finally:
            watch.send_signal(signal.SIGTERM)
            status = watch.wait(10)
        if status != 0:
            raise SystemExit(f"error: watch ended with {status}")
        delays = self.delays(audit)
        if len(delays) < self.options.latencies:
            raise SystemExit(f"error: watch has restarted {len(delays)} of {self.options.latencies}")
        self.table.add("watch, memory at rest", rest, "MiB", 32, f"{len(self.fleet.names)} Rollouts")
        self.table.add("watch, the most memory, first list and churn", most, "MiB", 32, f"{self.options.changes} changes")
        # PodDisruptionBudgets are read in between, twice on a server before 1.21, which does not know policy/v1.
        self.table.add("status written to PATCH, median", percentile(delays, 0.5), "ms", 10,
                       f"{len(delays)} times, by the audit log")
        self.table.add("status written to PATCH, 99 %", percentile(delays, 0.99), "ms", 25)

    def churn(self, keys):
        chosen = random.Random(1).choices(keys, k=self.options.changes)
        for start in range(0, len(chosen), 100):
            self.fleet.each(lambda key: self.fleet.set_status(key, {"availableReplicas": random.randint(0, 2)}),
                            chosen[start:start + 100])

    @staticmethod
    def resident(process: subprocess.Popen, what: str = "VmRSS") -> float:
        """Mebibytes; VmHWM is the most so far."""
        lines = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status"))
        return int(lines[what].split()[0]) / 1024

    @staticmethod
    def delays(audit: Audit) -> list[float]:
        """Milliseconds from the answer to the administrator's status to the receipt of the plugin's PATCH."""
        written, delays = {}, []
        for one in audit.requests():
            if (one.verb, one.resource) == ("patch", "rollouts/status"):
                if one.body.get("status", {}).get("phase") == "Degraded":
                    written[one.key] = one.answered
            elif (one.verb, one.resource, one.user) == ("patch", "rollouts", "healer") and one.key in written:
                delays.append(one.received - written.pop(one.key))
        return delays

    def image(self):
        if self.options.image is None:
            return
        for what, folder, target in (("image, compressed", "oci", 11), ("image, unpacked", "rootfs", 28)):
            files = [path for path in (self.options.image / folder).rglob("*") if path.is_file() and not path.is_symlink()]
            self.table.add(what, sum(path.stat().st_size for path in files) / 1e6, "MB", target)
        if os.geteuid() != 0:
            print("the start of the image's binary is not measured: a chroot takes root", file=sys.stderr)
            return
        # As in a pod: user 65532 in the image's file system, with /proc. Of the first request, the third figure.
        start = 'mount -t proc proc "$1/proc" && exec python3 "$2" --root "$1" /usr/local/bin/kubectl-rollout_heal list'
        program = pathlib.Path(__file__).parents[1] / "first-request.py"
        root = self.options.image / "root"
        shutil.copytree(self.options.image / "rootfs", root, symlinks=True)
        (root / "proc").mkdir()
        figures = said("unshare", "--mount", "sh", "-c", start, "sh", root, program).split()
        self.table.add("start in a chroot to the first request received", float(figures[2]), "ms", 10,
                       f"connected after {figures[0]} ms, TLS after {figures[1]} ms")


def beside(ours: Cost, theirs: Cost) -> str:
    return f"; CPU of the servers {ours.servers:.2g} s : {theirs.servers:.2g} s"


def machine() -> str:
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    memory = int(next(line for line in open("/proc/meminfo") if line.startswith("MemTotal")).split()[1]) / 1024 / 1024
    return f"{len(names)} × {names[0] if names else platform.machine()}, {memory:.0f} GiB"


def said(*command) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]


def report(bench: Bench) -> str:
    options = bench.options
    kubectl = json.loads(subprocess.run([options.kubectl, "version", "--client", "-o", "json"], capture_output=True,
                                        text=True, check=True).stdout)["clientVersion"]["gitVersion"]
    server = bench.fleet.server.ask("GET", "/version")[1]["gitVersion"]
    return f"""# Benchmarks

Written by `scripts/dev/bench`, {datetime.date.today()}. {len(bench.fleet.names)} Rollouts of {bench.bytes / len(bench.fleet.names) / 1000:.1f} kB on a real
API server, all on one machine: {machine()}.

- ours: {said(options.ours, "version")}
- kubectl {kubectl}, {said("jq", "--version")}, {said("curl", "--version").split(" (")[0]}
- API server {server}

All figures are medians of interleaved runs. A ratio is ours : theirs, so lower is better. If the CPU time of the servers, kube-apiserver
and etcd together, is close to the elapsed time, or to twice that time on these two cores, the servers are the bottleneck. Every other list
coincides with a garbage collection of kube-apiserver, so single runs differ by 0.5 s. No list can be faster than the server sends it: a
separate line shows the share of the pipeline's time that curl alone needs, the better of plain and compressed. The rest of the time of
`list` is the garbage of kubectl's preceding list, which the server collects in the meantime, and the evidence that is read. Over a slow
link, the evidence is read while the list still arrives. For restarts, the servers' CPU is the limit: each Rollout takes a read and a PATCH,
and etcd and the API server share two cores with us.

Stale views need a controller whose view goes stale and is then corrected: a stand-in (`scripts/dev/stand-in-controller`), a
program in Python on the same two cores, whose time is included in the figures. In the row of a ReplicaSet, the controller has missed that a
scaling from 3 to 2 pods was carried out; the event is the removal of an opt-out from the Rollout. In the row of a Rollout, the controller
never receives the scaling. The scaling itself is the event, so the figure includes all of it. Healed means the last status that the
controller writes: Healthy, with the actual numbers. `watch` runs with `--stale-after 0`; by default, 30 s between its two evidence reads
are added.

Reads at rest are those of a `watch` on a second cluster at the same time; its watch requests do not count. The count starts when its
evidence reads, at first 15 s apart, are 10 minutes apart.

{bench.table.markdown()}"""


def parts(text: str) -> list[str]:
    named = text.split(",")
    if unknown := set(named) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there is no such part")
    return named


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--ours", required=True, type=pathlib.Path)
    parser.add_argument("--kubectl", required=True, type=pathlib.Path)
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("--rest-cluster", help="another one, for what is to come to rest meanwhile")
    parser.add_argument("--only", type=parts, default=PARTS, help=f"of {', '.join(PARTS)}, with commas between")
    parser.add_argument("--rollouts", type=int, default=10_000)
    parser.add_argument("--restarts", type=int, default=500)
    parser.add_argument("--latencies", type=int, default=200)
    parser.add_argument("--changes", type=int, default=5000)
    parser.add_argument("--stale", type=int, default=30, help="views of each kind that are healed one at a time")
    parser.add_argument("--refreshes", type=int, default=500)
    parser.add_argument("--resting", type=int, default=10_000, help="Rollouts, one in twenty of them unavailable")
    parser.add_argument("--rest-from", type=float, default=640, help="seconds until the reads at rest are counted")
    parser.add_argument("--rest-window", type=float, default=600, help="seconds for which they are counted")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--rest", type=float, default=8, help="seconds that watch is given to come to rest")
    parser.add_argument("--wire", type=float, default=1.15, help="the most of a list against curl")
    parser.add_argument("--tries", type=int, default=1, help="how often a list that is too slow is measured")
    parser.add_argument("--margin", type=float, default=1.0, help="by how much a target may be missed")
    parser.add_argument("--report", type=pathlib.Path)
    bench = Bench(parser.parse_args())
    bench.everything()
    text = report(bench) if "comparisons" in bench.options.only else bench.table.markdown()
    print(text)
    if bench.options.report:
        bench.options.report.write_text(text)
    broken = bench.table.broken(bench.options.margin)
    for line in broken:
        print(f"error: {line.what}: {line.text(line.measured)} is more than {line.text(line.target)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

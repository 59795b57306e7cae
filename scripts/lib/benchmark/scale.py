"""What grows with the cluster and what does not: list and watch before an API server of Rollouts that exist only while they are sent."""

import argparse
import contextlib
import datetime
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from bench import machine, said
from measure import Cost, interleaved, percentile
from synthetic import Synthetic
from table import Table
from traffic import SICK, SILENCE, USER, Traffic

LIST = "/apis/argoproj.io/v1alpha1/rollouts"
# Of all Rollouts, one in so many hangs when a list asks: a restart of them all would be a storm.
STUCK_EVERY = 1000
COUNTS = (1000, 10_000, 50_000, 100_000)
CHANGES_A_SECOND = 1000
PARTS = ("growth", "traffic")
TRAFFIC = "## Requests and bytes"


class Scale:
    def __init__(self, options: argparse.Namespace, folder: pathlib.Path):
        self.options, self.folder = options, folder
        self.table = Table()

    def everything(self):
        for count in self.options.counts:
            self.list(count)
        for count in sorted({self.options.counts[1], self.options.counts[-1]}):
            self.watch(count)
        self.storm(self.options.counts[1])

    def kubeconfig(self, synthetic: Synthetic) -> dict[str, str]:
        """The environment of a command that is to ask it."""
        path = self.folder / "kubeconfig"
        path.touch(0o600)
        path.write_text(
            f"current-context: synthetic\n"
            f"contexts: [{{name: synthetic, context: {{cluster: synthetic, user: synthetic}}}}]\n"
            f"clusters: [{{name: synthetic, cluster: {{server: '{synthetic.url}', certificate-authority: tls.crt}}}}]\n"
            f"users: [{{name: synthetic, user: {{token: none}}}}]\n")
        return {"KUBECONFIG": str(path), "OURS": str(self.options.ours), "SERVER": synthetic.url}

    def list(self, count: int):
        with Synthetic(self.folder, count) as synthetic:
            for number in range(0, count, STUCK_EVERY):
                synthetic.hung[number] = 0
            costs = interleaved({
                "ours": '"$OURS" list -A',
                "curl": f"curl -sSf --noproxy '*' --cacert {self.folder}/tls.crt -o /dev/null \"$SERVER{LIST}\"",
            }, self.kubeconfig(synthetic), self.options.rounds)
            sent = synthetic.sent["list"] / synthetic.requests["list"]
        self.document = sent / count
        ours, curl = costs["ours"], costs["curl"]
        of = f"{count} Rollouts, {sent / 1e6:.0f} MB"
        self.table.add("list -A, peak memory", ours.memory, "MiB", 32, of)
        self.table.ratio("the same, time, against curl of the same bytes", ours.wall, curl.wall, None)
        self.table.add("the same, CPU for one Rollout", ours.cpu / count * 1e6, "µs")

    def watch(self, count: int):
        """At rest, and with changes; then what it has asked of the server."""
        seconds = self.options.seconds
        with Synthetic(self.folder, count) as synthetic:
            environment = {**os.environ, **self.kubeconfig(synthetic)}
            plugin = subprocess.Popen(
                [self.options.ours, "watch", "-A", "--heal", "--settle=0", "--max-per-minute=100000",
                 # What is measured is the way of one event, not the limiter that many wait for.
                 "--storm-threshold=100%", "--qps=1000", "--burst=1000"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            try:
                self.wait_for(lambda: synthetic.requests["watch"])
                time.sleep(3)
                first = usage(plugin)
                self.table.add("watch, CPU of the first list, for one Rollout", first.cpu / count * 1e6, "µs", None,
                               f"{count} Rollouts")
                # What is promised is promised of so many.
                most = 32 if count <= ROLLOUTS else None
                self.table.add("watch, memory at rest", first.memory, "MiB", most)
                churn = self.churn(synthetic, plugin, first, seconds, most)
            finally:
                plugin.send_signal(signal.SIGTERM)
                status = plugin.wait(10)
            if status != 0:
                raise SystemExit(f"error: watch ended with {status}")
            self.counted(synthetic, churn)

    def churn(self, synthetic: Synthetic, plugin, before: Cost, seconds: int, most: float | None) -> int:
        """How many hung and were healed while all changed."""
        synthetic.requests["changes"] = 0
        synthetic.rate = CHANGES_A_SECOND
        # Each in a namespace of its own for as long as possible: a namespace heals one at a time.
        fresh = iter(range(1, synthetic.count, synthetic.count // (seconds * 2)))
        memory, begun = 0.0, time.monotonic()
        while time.monotonic() < begun + seconds:
            synthetic.hang(next(fresh))
            time.sleep(1)
            memory = max(memory, usage(plugin).memory)
        hung = len(synthetic.delays) + len(synthetic.hung)
        synthetic.rate = 0
        self.wait_for(lambda: not synthetic.hung)
        time.sleep(1)
        after = usage(plugin)
        changes = synthetic.requests["changes"]
        elapsed = time.monotonic() - begun
        self.table.add("watch, memory under churn", memory, "MiB", most,
                       f"{changes} changes, {changes / seconds:.0f} a second")
        self.table.add("watch, CPU for one change", (after.cpu - before.cpu) / changes * 1e6, "µs", None,
                       f"{(after.cpu - before.cpu) / elapsed * 100:.0f} % of one core")
        if changes < CHANGES_A_SECOND * seconds * 0.95:
            raise SystemExit(f"error: only {changes} changes were taken in {seconds} s")
        delays = [delay * 1000 for delay in synthetic.delays]
        self.table.add("change sent to PATCH received, median", percentile(delays, 0.5), "ms", None,
                       f"{len(delays)} of {hung}; the server sends changes 20 times a second, on the other core")
        return hung

    def storm(self, count: int):
        """All time out at once, and all change: nothing is restarted, and all are kept in mind."""
        with Synthetic(self.folder, count) as synthetic:
            synthetic.hung = dict.fromkeys(range(count), 0.0)
            synthetic.age = 60
            plugin = subprocess.Popen(
                [self.options.ours, "watch", "-A", "--heal", "--settle=0"],
                env={**os.environ, **self.kubeconfig(synthetic)}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            try:
                self.wait_for(lambda: synthetic.requests["watch"])
                time.sleep(3)
                before, begun = usage(plugin), time.monotonic()
                synthetic.rate = CHANGES_A_SECOND
                time.sleep(self.options.seconds / 4)
                after, elapsed = usage(plugin), time.monotonic() - begun
            finally:
                plugin.send_signal(signal.SIGTERM)
                status = plugin.wait(10)
            if status != 0 or synthetic.requests["patch"]:
                raise SystemExit(f"error: watch ended with {status}, after {synthetic.requests['patch']} restarts")
            changes = synthetic.requests["changes"]
        self.table.add("a storm: watch, memory with all timed out", after.memory, "MiB", None, f"{count} Rollouts")
        self.table.add("watch, CPU for one change in it", (after.cpu - before.cpu) / changes * 1e6, "µs", None,
                       f"{changes / elapsed:.0f} a second, {(after.cpu - before.cpu) / elapsed * 100:.0f} % of one core; no restart")

    def wait_for(self, is_true, seconds: float = 120):
        end = time.monotonic() + seconds
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit("error: it did not happen in time")
            time.sleep(0.1)

    def counted(self, synthetic: Synthetic, healed: int):
        """Of what was asked: the largest list, and for one heal."""
        requests, sent = synthetic.requests, synthetic.sent
        if synthetic.requests["refused"]:
            raise SystemExit("error: it asked for what this server does not have")
        heal = ("get", "replicasets", "poddisruptionbudgets", "patch", "events")
        self.first = requests["list"], requests["watch"]
        self.heal = sum(requests[what] for what in heal) / healed, sum(sent[what] for what in heal) / healed
        self.change = sent["watch"] / requests["changes"]


def usage(process: subprocess.Popen) -> Cost:
    """So far: CPU, and the memory of this moment."""
    lines = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status"))
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return Cost(0, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(lines["VmRSS"].split()[0]) / 1024)


# The hour that is reckoned: a cluster of 10,000 Rollouts where each changes its status twice and ten time out.
ROLLOUTS, CHANGES, TIMEOUTS = 10_000, 20_000, 10
# A replica renews its Lease each 2 s; a server ends a watch after 5 to 10 minutes.
RENEWALS, WATCHES = 1800, 8


def hour(scale: Scale) -> list[tuple[str, float, float]]:
    """Who asks: requests, and bytes of objects, from what was measured."""
    listed = ROLLOUTS * scale.document
    followed = CHANGES * scale.change
    requests, size = scale.heal
    healing = TIMEOUTS * requests, TIMEOUTS * size
    return [
        ("`watch --heal`, an hour like any other", WATCHES + RENEWALS + healing[0], followed + healing[1]),
        ("the hour in which it starts: and one list", 1 + WATCHES + RENEWALS + healing[0], listed + followed + healing[1]),
        ("an informer of Rollouts: what `watch` asks, and a copy of each in memory", WATCHES, followed),
        ("polling: `list -A` each minute", 60, 60 * listed),
        ("polling: `list -A` every 5 minutes (`deploy/cronjob`)", 12, 12 * listed),
        (f"a Job for each alert: a list of one namespace of {ROLLOUTS // 100} Rollouts",
         TIMEOUTS * (1 + requests), TIMEOUTS * (listed / 100 + size)),
    ]


def report(scale: Scale) -> str:
    rows = "\n".join(f"| {who} | {requests:,.0f} | {size / 1e6:,.0f} MB |" for who, requests, size in hour(scale))
    return f"""# Scale

Written by `scripts/dev/scale`, {datetime.date.today()}, on {machine()}, with
{said(scale.options.ours, "version")}.

The API server in this test is synthetic: it generates Rollouts while it sends them, over TLS, so that neither etcd nor memory sets the
limit. [benchmarks.md](benchmarks.md) has the figures of a real API server.

## What grows and what does not

{scale.table.markdown()}
Memory depends on the largest object and on the number of Rollouts in trouble: the program judges each Rollout of a list as it arrives, and
drops each change once it is judged. `watch` keeps the name of a healthy Rollout, and the fields that the rule reads of a Rollout in
trouble.

## API server load per hour

Calculated from the sizes above for {ROLLOUTS:,} Rollouts of {scale.document / 1000:.1f} kB, {CHANGES:,} changes and {TIMEOUTS} time-outs in the hour. Bytes are before compression,
which API servers apply to lists and not to watches.

| who asks | requests | objects |
|---|---|---|
{rows}

{RENEWALS:,} of `watch`'s requests renew a Lease of 0.5 kB, by the leader only. A standby replica also watches, so that it is ready, and reads the
Lease about once a second. A restart by `watch` is {scale.heal[0]:.0f} requests, {scale.heal[1] / 1000:.0f} kB. The API server answers lists and watches from its cache; etcd receives the PATCHes,
the Events and the Lease.

For a Rollout that stays in trouble, `watch` backs off to one evidence read every 10 minutes, by one list of ReplicaSets for its whole
namespace. [benchmarks.md](benchmarks.md) measures this for 500 Rollouts in 100 namespaces. It adds to the table.

An informer for Rollouts costs the server the same list and the same watch, and its process the memory of {ROLLOUTS:,} decoded objects. An
informer for ReplicaSets as well, to have the evidence in its cache, receives every ReplicaSet of the cluster with its pod template;
`watch` reads only the relevant ones when a Rollout times out.

## Many clusters

Run one `watch` in each cluster, near its API server, because every change travels between them. Scrape each one in its cluster, and
federate the series like any others, with a label for the cluster. From a laptop, `list --contexts 'prod-*'` queries all clusters, eight at
a time, each over its own connection and with its own credential; an unreachable cluster is one line of output.
"""


def traffic(options: argparse.Namespace) -> str:
    """The section about a real API server for each of the clusters, which rest at the same time."""
    clusters = [Traffic(folder, options.ours, int(count)) for count, folder in
                (cluster.split("=", 1) for cluster in options.clusters)]
    for one in clusters:
        one.fill()
        one.commands()
    with contextlib.ExitStack() as stack:
        for one in clusters:
            stack.enter_context(one.watching())
        print(f"watch rests for {options.rest} s", file=sys.stderr, flush=True)
        time.sleep(options.rest)
    commands = (("list", "`list -A`"), ("start", "`watch -A --heal`, its start"),
                ("rest", f"the same at rest, for {options.rest / 60:.2g} minutes"), ("heal", "`heal -A --yes`"))
    rows = "\n".join(f"| {title} | {one.count:,} | {one.cells(what)} |" for what, title in commands for one in clusters)
    server = clusters[0].fleet.server.ask("GET", "/version")[1]["gitVersion"]
    return f"""{TRAFFIC}

Written by `scripts/dev/scale --only traffic`, {datetime.date.today()}, with {said(options.ours, "version")}, on an API server {server}
with Rollouts of 12 kB in 100 namespaces. {SICK} of them are stuck when `list` and `heal` run, each in a namespace of its own; a refresh has not
helped, so `heal` restarts them and follows each until it is Healthy. Then all are Healthy, and `watch` starts and rests. Requests are those
of the user {USER} in the API server's audit log; bytes are those of TCP, TLS included, counted by a relay between the two.

| command | Rollouts | requests | made of | received | sent | in |
|---|---|---|---|---|---|---|
{rows}

The start of `watch` is over when nothing has been received for {SILENCE} s. At rest, a server ends a watch after the 5 to 10 minutes that `watch`
asks for, and it is asked for a new one. The Lease and the other replicas are left out: the table above has them. The requests of `heal` grow with the time that the
controller takes, because each Rollout is read again until it is healed. The load of the machine was {os.getloadavg()[2]:.0f} in the last 15 minutes.
"""


def replaced(text: str, section: str) -> str:
    """`text` with the section of the same title replaced, or with the new one at its end."""
    title = section.split("\n", 1)[0]
    before, found, rest = text.partition(f"{title}\n")
    if not found:
        return f"{text.rstrip()}\n\n{section}"
    following = rest.find("\n## ")
    return before + section + (rest[following:] if following >= 0 else "")


def parts(text: str) -> list[str]:
    named = text.split(",")
    if unknown := set(named) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there is no such part")
    return named


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", required=True, type=pathlib.Path)
    parser.add_argument("--counts", type=lambda text: [int(part) for part in text.split(",")], default=list(COUNTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60, help="of churn")
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--only", type=parts, default=PARTS, help=f"of {', '.join(PARTS)}, with commas between")
    parser.add_argument("--clusters", nargs="*", default=[], help="COUNT=FOLDER of each cluster for `traffic`")
    parser.add_argument("--rest", type=int, default=600, help="seconds for which `watch` is counted at rest")
    options = parser.parse_args()
    text, broken = "", []
    if options.report and options.report.exists():
        text = options.report.read_text()
    if "growth" in options.only:
        with tempfile.TemporaryDirectory() as folder:
            scale = Scale(options, pathlib.Path(folder))
            scale.everything()
        old, found, section = text.partition(TRAFFIC)
        text = report(scale) + (f"\n{found}{section}" if found else "")
        broken = scale.table.broken(1)
    if "traffic" in options.only:
        text = replaced(text, traffic(options))
    print(text)
    if options.report:
        options.report.write_text(text)
    for line in broken:
        print(f"error: {line.what}: {line.text(line.measured)} is more than {line.text(line.target)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

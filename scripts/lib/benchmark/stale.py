"""How fast views of the controller that are stale are healed: by `watch`, one at a time, and by `heal`, hundreds."""

import pathlib
import signal
import subprocess
import time
from collections.abc import Callable

from audit import Audit, Request
from measure import percentile, run
from stand_in import AFTER, StandIn
from table import Table

IGNORE, MARK = "rollout-heal/ignore", "rollout-heal/refreshed"
#: So many are wrong at once at most: five would be a controller that lags.
AT_ONCE = 4
#: Seconds: `watch` looks again a second after its last look at the earliest, and the scaling makes it look more than once.
LOOKS = 3
#: Seconds until a write is old enough to prove something.
OLD = 16
#: Objects that refreshes write to: at once, then in a second; and what may come on top of that in seconds.
BURST, A_SECOND, ON_TOP = 50, 10, 25
MANY_NAMESPACES = 50


class Stale:
    """Beside a controller that is wrong as it is told."""

    def __init__(self, stand_in: StandIn, ours: pathlib.Path, table: Table):
        self.stand_in, self.ours, self.table = stand_in, ours, table
        self.kubeconfig = str(stand_in.folder / "kubeconfig")

    def one_by_one(self, samples: int):
        """By `watch`, from the event that shows it to the last status that the controller writes."""
        # What is to be ignored is not healed before all of it is wrong; the label that goes is the event. Each has a namespace
        # of its own: nothing is looked at along with others.
        sets = [(f"stale-replicaset-{n}", "app") for n in range(samples)]
        rollouts = [(f"stale-rollout-{n}", "app") for n in range(samples)]
        self.stand_in.deploy(sets, {IGNORE: "true"})
        self.stand_in.deploy(rollouts)
        audit = Audit(self.stand_in.server.variables["AUDIT_LOG"])
        watch = subprocess.Popen(
            [self.ours, "watch", "-A", "--heal", "--stale-after=0", "--context=healer",
             f"--kubeconfig={self.kubeconfig}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(2)
            for start in range(0, samples, AT_ONCE):
                chosen = sets[start:start + AT_ONCE]
                self.stand_in.lose_scaling(chosen)
                time.sleep(LOOKS)
                for key in chosen:
                    self.stand_in.patch(key, {"metadata": {"labels": {IGNORE: None}}})
                    time.sleep(0.3)
                    self.stand_in.are_well([key], AFTER)
            for key in rollouts:
                self.stand_in.tell("freeze", "rollout", "/".join(key))
                self.stand_in.scale(key)
                time.sleep(0.3)
                self.stand_in.are_well([key], AFTER)
        finally:
            watch.send_signal(signal.SIGTERM)
            status = watch.wait(10)
        if status != 0:
            raise SystemExit(f"error: watch ended with {status}")
        requests = list(audit.requests())
        self.only_refreshes(requests)
        self.tell_delays("stale view of a ReplicaSet, from the event that shows it to healed, median",
                         [delay(requests, key, is_unlabelling) for key in sets])
        self.tell_delays("stale view of a Rollout, the same, median", [delay(requests, key, is_scaling) for key in rollouts])

    def tell_delays(self, what: str, delays: list[float]):
        self.table.add(what, percentile(delays, 0.5), "ms", 50,
                       f"{len(delays)} times, at most {max(delays):.0f} ms, by the audit log; 0 pods evicted")

    def many(self, count: int):
        """By one `heal` at its own pace."""
        keys = [(f"stale-{n % MANY_NAMESPACES}", f"app-{n}") for n in range(count)]
        self.stand_in.deploy(keys)
        self.stand_in.update(keys)
        self.stand_in.lose_scaling(keys)
        time.sleep(OLD)
        audit = Audit(self.stand_in.server.variables["AUDIT_LOG"])
        environment = {"KUBECONFIG": self.kubeconfig, "OURS": str(self.ours)}
        cost = run('"$OURS" heal -A --yes --context healer', environment, self.stand_in.server.processes)
        end = time.time() * 1000
        self.stand_in.are_well(keys, AFTER)
        requests = list(audit.requests())
        self.only_refreshes(requests)
        writes = [one for one in requests if is_refresh(one)]
        if len(writes) != 2 * count:
            raise SystemExit(f"error: {len(writes)} writes for {count} Rollouts with two ReplicaSets each")
        begin = min(one.received for one in writes)
        target = (len(writes) - BURST) / A_SECOND + ON_TOP
        self.table.add(f"refresh of {count} stale Rollouts with 2 ReplicaSets each, from the first write on",
                       (end - begin) / 1000, "s", target,
                       f"heal -A, {cost.wall:.0f} s in all; {len(writes)} writes, {BURST} at once and then {A_SECOND} a "
                       f"second; CPU of the servers {cost.servers:.2g} s; 0 pods evicted")

    def only_refreshes(self, requests: list[Request]):
        restarts = [one.key for one in requests if one.user == "healer" and one.body.get("spec")]
        if restarts or self.stand_in.evicted():
            raise SystemExit(f"error: {len(restarts)} restarts, {self.stand_in.evicted()} pods evicted")


def is_refresh(one: Request) -> bool:
    return one.user == "healer" and one.verb == "patch" and any(
        MARK in (one.metadata.get(part) or {}) for part in ("labels", "annotations"))


def is_unlabelling(one: Request) -> bool:
    return one.resource == "rollouts" and IGNORE in (one.metadata.get("labels") or {})


def is_scaling(one: Request) -> bool:
    return one.resource == "rollouts" and "replicas" in one.body.get("spec", {})


def delay(requests: list[Request], key: tuple[str, str], shows_it: Callable[[Request], bool]) -> float:
    """Milliseconds from the answer to the request whose event shows the view stale, to that to the controller's last status:
    all is right by then.
    """
    mine = [one for one in requests if one.key == key and one.verb == "patch"]
    (begin,) = [one.answered for one in mine if shows_it(one)]
    statuses = [one.answered for one in mine if one.resource == "rollouts/status" and one.answered > begin]
    if not statuses or not any(is_refresh(one) and one.key[0] == key[0] for one in requests):
        raise SystemExit(f"error: {key} was healed without a refresh")
    return max(statuses) - begin

"""The stand-in itself: one thread that takes events, timers and commands, one after the other."""

import collections
import copy
import fnmatch
import json
import queue
import sys
import threading
import time
import traceback

from . import judge, samples
from .api import MERGE, PREFIX, REPLICA_SETS, ROLLOUTS, Refused, follow, path_of
from .pods import NoEviction, Pods
from .store import Lost, Outdated, Store, key_of, owner, version

INSTANCE_LABELS = ("argo-rollouts.argoproj.io/controller-instance-id", "rollout-heal.test/instance")
MANAGER = "fieldManager=rollouts-controller"


class Controller:
    def __init__(self, api, instance=None, interval=1.0, plays=("controller", "pods"), log=None):
        self.api, self.instance, self.interval, self.plays, self.log = api, instance, interval, plays, log
        self.inbox = queue.SimpleQueue()
        # The true state, for the pods, and the controller's belief.
        self.live, self.cache = Store(), Store()
        self.pods = Pods(api)
        # Events delayed by the lag; keys to reconcile, in order; and keys with the earliest time to reconcile them.
        self.late, self.queue, self.timers, self.failures = collections.deque(), {}, {}, {}
        # Versions that result from our own writes to Rollouts. Samples: those that were written to, and when the next
        # step is due.
        self.written, self.refreshed, self.steps = set(), set(), {}
        self.evicted, self.reconciled = {}, 0
        self.forget_commands()

    def forget_commands(self):
        self.is_down, self.lag, self.faults, self.next, self.failing = False, 0.0, {}, set(), set()

    # What comes in.

    def start(self):
        """Returns once both caches are full."""
        for kind in (ROLLOUTS, REPLICA_SETS):
            def receive(what, thing, kind=kind):
                self.inbox.put((kind, what, thing))

            threading.Thread(target=follow, args=(self.api.directory, kind, receive), daemon=True).start()
        filled = set()
        while len(filled) < 2:
            kind, what, thing = self.inbox.get()
            self.take(kind, what, thing)
            filled.add(kind)

    def run(self):
        """For ever: what has come in first, then one object."""
        while True:
            try:
                while True:
                    self.take(*self.inbox.get(timeout=self.rest()))
            except queue.Empty:
                pass
            self.deliver()
            for one in [one for one, when in self.timers.items() if when <= time.time()]:
                self.queue[one] = True
                del self.timers[one]
            if self.queue:
                kind, key = one = next(iter(self.queue))
                del self.queue[one]
                self.attempt(kind, key, self.reconcile if kind == ROLLOUTS else self.observe)

    def rest(self):
        """How long nothing is to be done unless something comes in."""
        if self.queue:
            return 0
        times = list(self.timers.values()) + ([self.late[0][0] + self.lag] if self.late else [])
        return max(0, min(times, default=time.time() + 60) - time.time())

    def take(self, kind, what, thing):
        if kind == "COMMAND":
            what.put(self.command(thing))
        elif what == "LIST":
            found = {key_of(one) for one in thing}
            for key in [one for one in self.live.objects[kind] if one not in found]:
                self.take(kind, "DELETED", self.live.get(kind, key))
            for one in thing:
                known = self.live.get(kind, key_of(one))
                if not known or version(known) != version(one):
                    self.take(kind, "MODIFIED" if known else "ADDED", one)
        else:
            key, before = key_of(thing), self.live.get(kind, key_of(thing))
            if what == "DELETED":
                self.forget(kind, thing)
            else:
                self.live.put(kind, thing)
                if kind == REPLICA_SETS:
                    self.queue[kind, key] = True
                if what == "MODIFIED" and before and before.get("status") == thing.get("status"):
                    self.note_write(kind, thing)
            self.late.append((time.time(), kind, what, thing))
            self.deliver()

    def forget(self, kind, thing):
        """What a Rollout owned goes with it, as the garbage collector would do it."""
        self.live.remove(kind, key_of(thing))
        if kind == REPLICA_SETS:
            self.pods.born.pop(thing["metadata"]["uid"], None)
        elif "pods" in self.plays and self.has_our_pods(thing):
            for one in self.live.owned(thing):
                try:
                    self.pods.delete(one)
                except Refused as refusal:
                    self.say("failed", f"{key_of(one)}: {refusal}", object=key_of(one))

    def note_write(self, kind, thing):
        """Somebody else's write to a sample that is believed wrongly: it is looked at again."""
        rollout = thing if kind == ROLLOUTS else self.owner_of(thing)
        if rollout and samples.expected(rollout) == "stale":
            self.refreshed.add(key_of(rollout))

    def owner_of(self, replica_set):
        uid, key = owner(replica_set) or (None, None)
        rollout = self.live.get(ROLLOUTS, key)
        return rollout if rollout and rollout["metadata"]["uid"] == uid else None

    def deliver(self):
        """To the cache what has waited for as long as the lag is."""
        while self.late and self.late[0][0] + self.lag <= time.time():
            _, kind, what, thing = self.late.popleft()
            key, written = key_of(thing), self.pods.written if kind == REPLICA_SETS else set()
            is_own = thing["metadata"]["resourceVersion"] in self.written | written
            self.written.discard(thing["metadata"]["resourceVersion"])
            written.discard(thing["metadata"]["resourceVersion"])
            cached, fault = self.cache.get(kind, key), self.faults.get((kind, key))
            is_news = not cached or version(cached) <= version(thing)
            if fault and what != "DELETED" and is_news:
                if fault.swallows(kind, cached, thing, is_own):
                    continue
                if fault.generation is not None:
                    self.cured(kind, key)
            if what == "DELETED":
                self.faults.pop((kind, key), None)
                self.cache.remove(kind, key)
            elif is_news:
                self.cache.put(kind, thing)
            rollout_key = key if kind == ROLLOUTS else (owner(thing) or (None, None))[1]
            if rollout_key:
                self.queue[ROLLOUTS, rollout_key] = True

    def attempt(self, kind, key, act):
        """Does it; when it fails, again later: after 0.1 s, then ever later up to 5 s."""
        try:
            act(key)
            self.failures.pop((kind, key), None)
        except Exception as problem:
            if isinstance(problem, Refused) and problem.status == 404:
                return
            if not isinstance(problem, (Refused, NoEviction)):
                # A bug of ours must neither end the other tests nor be hidden.
                traceback.print_exc()
            count = self.failures[kind, key] = self.failures.get((kind, key), 0) + 1
            if count == 1:
                self.say("failed", f"{key}: {problem}", object=key)
            self.wake(kind, key, time.time() + min(5, 0.05 * 2 ** min(count, 10)))

    def wake(self, kind, key, when):
        self.timers[kind, key] = min(when, self.timers.get((kind, key), when))

    # The ReplicaSet controller and the kubelet.

    def observe(self, key):
        replica_set = self.live.get(REPLICA_SETS, key)
        if not replica_set or not owner(replica_set) or "deletionTimestamp" in replica_set["metadata"]:
            return
        # Two streams: the ReplicaSet may arrive before its Rollout.
        rollout = self.owner_of(replica_set) or self.api.request("GET", path_of(ROLLOUTS, owner(replica_set)[1]))
        if self.has_our_pods(rollout):
            self.pods.observe(replica_set, "pods" in self.plays)

    def has_our_pods(self, rollout):
        """Without an instance those of all: a cluster has one ReplicaSet controller."""
        return not samples.expected(rollout) and (self.instance is None or self.is_ours(rollout))

    # The controller.

    def is_ours(self, rollout):
        labels = rollout["metadata"].get("labels", {})
        if self.instance is None:
            return not any(one in labels for one in INSTANCE_LABELS)
        return any(labels.get(one) == self.instance for one in INSTANCE_LABELS)

    def reconcile(self, key):
        rollout = self.cache.get(ROLLOUTS, key)
        if self.is_down or "controller" not in self.plays or not rollout or not self.is_ours(rollout) \
                or "deletionTimestamp" in rollout["metadata"]:
            return
        self.reconciled += 1
        if samples.expected(rollout):
            self.reconcile_sample(key)
            return
        refused = judge.invalid_spec(rollout, judge.now())
        if refused:
            self.write_status(rollout, refused)
            return
        sets = self.cache.owned(rollout)
        current = judge.current_hash(rollout, sets)
        self.copy_annotations(rollout, [one for one in sets if judge.pod_hash(one) == current])
        status = dict(rollout.get("status", {}))
        if judge.restart_is_pending(rollout, judge.now()):
            if key in self.failing:
                raise NoEviction("a reconcile fails while a restart is pending, as it was told to")
            if self.restart(rollout):
                status["restartedAt"] = rollout["spec"]["restartAt"]
                self.say("restarted", f"{key}: no pod is older than {status['restartedAt']}", object=key)
        elif judge.restart_is_to_come(rollout, judge.now()):
            self.wake(ROLLOUTS, key, judge.parse(rollout["spec"]["restartAt"]).timestamp())
        if "template" in rollout["spec"] and not any(judge.pod_hash(one) == current for one in sets):
            self.create(rollout, current, sets)
        wanted = judge.wanted_replicas(rollout, self.cache.owned(rollout), current)
        for one in self.cache.owned(rollout):
            self.scale(rollout, one, wanted.get(one["metadata"]["name"]))
        rollout = (self.cache.get(ROLLOUTS, key) or rollout) | {"status": status}
        judged = judge.judge(rollout, self.cache.owned(rollout), current, judge.now())
        self.write_status(self.cache.get(ROLLOUTS, key) or rollout, judged)
        deadline = judge.deadline(rollout["spec"], judged)
        if deadline:
            self.wake(ROLLOUTS, key, deadline.timestamp() + 1)

    def copy_annotations(self, rollout, current):
        for one in current:
            copied = {name: value for name, value in judge.copied_annotations(rollout).items()
                      if judge.annotation(one, name) != value}
            if copied:
                self.update(one, copied)

    def create(self, rollout, current, sets):
        metadata, body = rollout["metadata"], judge.new_replica_set(rollout, current, sets)
        key = key_of(body)
        try:
            answer = self.api.request(
                "POST", f"{PREFIX[REPLICA_SETS]}/namespaces/{metadata['namespace']}/{REPLICA_SETS}?{MANAGER}", body)
        except Refused:
            left = self.live.get(REPLICA_SETS, key)
            if left and (owner(left) or ("",))[0] != metadata["uid"]:
                self.pods.delete(left)
            raise
        self.cache.put(REPLICA_SETS, answer)
        self.say("created", f"{key_of(rollout)}: created {body['metadata']['name']}", object=key)
        if key_of(rollout) in self.next:
            self.next.discard(key_of(rollout))
            self.faults[REPLICA_SETS, key] = Lost("freeze")
        # A write to the Rollout that does not change its generation.
        answer = self.api.request("PATCH", f"{path_of(ROLLOUTS, key_of(rollout))}?{MANAGER}", {
            "metadata": {"uid": metadata["uid"], "annotations": {
                judge.REVISION: judge.annotation(body, judge.REVISION)}}}, MERGE)
        self.keep(rollout, answer)

    def scale(self, rollout, replica_set, wanted):
        desired, annotations = str(judge.replicas(rollout)), {}
        if wanted is None:
            return
        if wanted and judge.annotation(replica_set, judge.DESIRED) != desired:
            annotations[judge.DESIRED] = desired
        before = judge.replicas(replica_set)
        if annotations or before != wanted:
            self.update(replica_set, annotations, wanted)
        if before != wanted:
            key = key_of(replica_set)
            self.say("scaled", f"{key_of(rollout)}: scaled {replica_set['metadata']['name']} from {before} to {wanted}",
                     object=key, replicas=wanted)

    def update(self, replica_set, annotations, wanted=None):
        """A PUT of what is believed; where that is outdated, a patch of what is to change (v1.7), or the conflict (v1.6).

        The answer goes into the cache, as the controller does it: that is how a cache can miss the status that follows.
        """
        key, change = key_of(replica_set), {"metadata": {"annotations": annotations}}
        if wanted is not None:
            change["spec"] = {"replicas": wanted}
        body = copy.deepcopy(replica_set)
        body["metadata"].setdefault("annotations", {}).update(annotations)
        body["spec"] |= change.get("spec", {})
        fault = self.faults.get((REPLICA_SETS, key))
        try:
            answer = self.api.request("PUT", f"{path_of(REPLICA_SETS, key)}?{MANAGER}", body)
        except Refused as refusal:
            if refusal.status != 409 or isinstance(fault, Outdated):
                raise
            answer = self.api.request("PATCH", f"{path_of(REPLICA_SETS, key)}?{MANAGER}", change, MERGE)
            if fault and fault.generation is not None:
                self.cured(REPLICA_SETS, key)
        self.cache.put(REPLICA_SETS, answer)

    def restart(self, rollout):
        """Evicts pods that are older than restartAt, as many as may be missing. Returns whether none is left."""
        asked, desired, key = judge.parse(rollout["spec"]["restartAt"]), judge.replicas(rollout), key_of(rollout)
        sets = self.live.owned(rollout)
        available = sum(judge.count(one, "availableReplicas") for one in sets)
        most = available - (max(desired, sum(map(judge.replicas, sets))) - max(1, judge.max_unavailable(rollout)))
        for one in sets:
            if most > 0 and self.pods.older(one, asked):
                evicted = self.pods.evict(one, asked, most)
                most -= evicted
                if evicted:
                    self.evicted[key] = self.evicted.get(key, 0) + evicted
                    self.say("evicted", f"evicted {evicted} pod{'s' * (evicted != 1)} of {key}",
                             object=key_of(one), pods=evicted)
                else:
                    self.wake(ROLLOUTS, key, time.time() + 30)
        return not any(self.pods.older(one, asked) for one in sets)

    def write_status(self, rollout, status):
        before, key = rollout.get("status", {}), key_of(rollout)
        changes = {name: status.get(name) for name in before | status if status.get(name) != before.get(name)}
        if not changes:
            return
        self.keep(rollout, self.api.request("PATCH", f"{path_of(ROLLOUTS, key, '/status')}?{MANAGER}", {
            "metadata": {"uid": rollout["metadata"]["uid"]}, "status": changes}, MERGE))
        if "phase" in changes or "message" in changes:
            self.say("phase", f"{key}: {status['phase']}" + (f", {status['message']}" if status.get("message") else ""),
                     object=key, phase=status["phase"])

    def keep(self, rollout, answer):
        """The server's answer to a write to the Rollout is believed, but for a change of the spec that we have not heard of."""
        self.written.add(answer["metadata"]["resourceVersion"])
        if answer["metadata"]["generation"] != rollout["metadata"]["generation"]:
            answer = rollout | {"status": answer.get("status", {})}
        self.cache.put(ROLLOUTS, answer)

    def reconcile_sample(self, key):
        rollout = self.live.get(ROLLOUTS, key)
        when = samples.due(rollout) if rollout else None
        changes = None
        if rollout and key in self.refreshed:
            self.refreshed.discard(key)
            status = samples.seen_again(rollout, self.live.owned(rollout), judge.now())
            changes = {name: status.get(name) for name in rollout.get("status", {}) | status}
            said = f"seen again, {status['phase']}"
        elif when:
            # Each step follows an interval after the previous one.
            noticed = f"{rollout['metadata']['uid']} {rollout['metadata']['resourceVersion']}"
            if self.steps.get(key, ("",))[0] != noticed:
                self.steps[key] = noticed, max(time.time() + self.interval, when.timestamp())
            if self.steps[key][1] > time.time():
                self.wake(ROLLOUTS, key, self.steps[key][1])
                return
            changes = samples.restarted(rollout, judge.now())
            said = f"restarted, {changes.get('phase', 'no better by it')}" if "restartedAt" in changes \
                else f"generation {changes['observedGeneration']} observed"
        if changes:
            try:
                self.api.request("PATCH", f"{path_of(ROLLOUTS, key, '/status')}?{MANAGER}", {
                    "metadata": {"resourceVersion": rollout["metadata"]["resourceVersion"]}, "status": changes}, MERGE)
            except Refused as refusal:
                # The object has changed meanwhile, which arrives as an event.
                if refusal.status != 409:
                    raise
                return
            self.say("sample", f"{key}: {said}", object=key)

    # What it is told and what it says.

    def cured(self, kind, key):
        fault = self.faults.pop((kind, key))
        self.say("cured", f"{key}: the controller sees this {kind[:-1]} again ({fault.word})", object=key)

    def see_all(self):
        """As a controller that has just started: its caches are right, and it looks at everything."""
        self.faults, self.late = {}, collections.deque()
        self.cache = Store()
        for kind, things in self.live.objects.items():
            for one in things.values():
                self.cache.put(kind, one)
        self.queue |= {(ROLLOUTS, key): True for key in self.cache.objects[ROLLOUTS]}

    def command(self, line):
        """Does what a line of the control socket says; returns the answer."""
        match line.split():
            case ["state"]:
                return {"ok": True, "down": self.is_down, "lag": self.lag, "evicted": self.evicted,
                        "reconciled": self.reconciled, "failing": sorted(self.failing), "next": sorted(self.next),
                        "faults": [{"fault": one.word, "kind": kind, "object": key, "lost": one.generation is not None}
                                   for (kind, key), one in self.faults.items()]}
            case ["down"]:
                self.is_down = True
            case ["up"]:
                self.is_down = False
                self.see_all()
            case ["clear"]:
                self.forget_commands()
                self.see_all()
            case ["lag", seconds] if seconds.replace(".", "", 1).isdigit():
                self.lag = float(seconds)
            case ["fail-while-restarting", key]:
                self.failing.add(key)
            case ["freeze", "next", key]:
                self.next.add(key)
            case ["freeze", ("replicaset" | "rollout") as kind, pattern]:
                return self.fault(kind + "s", pattern, lambda thing: Lost("freeze"))
            case ["conflict", pattern]:
                return self.fault(REPLICA_SETS, pattern, lambda thing: Outdated("conflict", thing))
            case _:
                return {"ok": False, "error": f"unknown command: {line}"}
        return {"ok": True}

    def fault(self, kind, pattern, make):
        keys = [one for one in self.cache.objects[kind] if fnmatch.fnmatchcase(one, pattern)]
        for key in keys:
            thing = self.cache.get(kind, key)
            self.faults[kind, key] = fault = make(thing)
            if isinstance(fault, Outdated):
                self.cache.put(kind, thing | {"metadata": thing["metadata"] | {"resourceVersion": "1"}})
        return {"ok": True, "objects": keys} if keys else {"ok": False, "error": f"no {kind} {pattern}"}

    def say(self, event, words, **fields):
        print(f"==> {words}", file=sys.stderr, flush=True)
        if self.log:
            print(json.dumps({"time": time.time(), "event": event} | fields), file=self.log, flush=True)

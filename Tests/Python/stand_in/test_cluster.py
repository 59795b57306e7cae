"""The stand-in beside a real API server: each way of being wrong, and what cures it.

ROLLOUT_HEAL_TEST_CLUSTER is the folder of a cluster; scripts/ci/test-stand-in starts one.
"""

import datetime
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from standin import judge
from standin.api import MERGE, PREFIX, REPLICA_SETS, ROLLOUTS, Api, Refused, path_of

CLUSTER = os.environ.get("ROLLOUT_HEAL_TEST_CLUSTER")
PROGRAM = pathlib.Path(__file__).parents[3] / "scripts/dev/stand-in-controller"
NAMESPACE = "stand-in"
COUNTERS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "HPAReplicas")


class Running:
    """A stand-in that was started for these tests, ready when this returns."""

    def __init__(self, *options):
        self.log = tempfile.NamedTemporaryFile(suffix=".jsonl")
        self.process = subprocess.Popen(
            [PROGRAM, "--dir", CLUSTER, "--log", self.log.name, *options], stderr=subprocess.PIPE, text=True)
        self.first_line = self.process.stderr.readline()
        # Its further output goes to the log.
        self.reader = threading.Thread(target=self.process.stderr.read)
        self.reader.start()
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(10)
        name = "-".join(["control", *options[1::2]]) if "--instance-id" in options else "control"
        self.connection.connect(f"/proc/self/fd/{os.open(pathlib.Path(CLUSTER) / 'stand-in', os.O_RDONLY)}/{name}")
        self.answers = self.connection.makefile()

    def tell(self, *words, fails=False):
        self.connection.sendall(f"{' '.join(words)}\n".encode())
        answer = json.loads(self.answers.readline())
        if answer["ok"] == fails:
            raise AssertionError(f"{words}: {answer}")
        return answer

    def events(self, name, key):
        lines = pathlib.Path(self.log.name).read_text(encoding="utf-8").splitlines()
        return [one for one in map(json.loads, lines) if one["event"] == name and one.get("object", "").startswith(key)]

    def stop(self, sign=signal.SIGTERM):
        self.process.send_signal(sign)
        status = self.process.wait(timeout=2)
        self.reader.join()
        for one in (self.answers, self.connection, self.process.stderr):
            one.close()
        self.log.close()
        return status


@unittest.skipUnless(CLUSTER, "ROLLOUT_HEAL_TEST_CLUSTER is not set")
class ClusterTests(unittest.TestCase):
    names = (f"r{number}" for number in itertools.count())

    @classmethod
    def setUpClass(cls):
        cls.api = Api(CLUSTER)
        try:
            cls.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        except Refused as refusal:
            if refusal.status != 409:
                raise
        cls.running = Running("--interval", "0.1")

    @classmethod
    def tearDownClass(cls):
        cls.addClassCleanup(cls.api.close)
        cls.running.stop()
        for kind in (ROLLOUTS, REPLICA_SETS):
            cls.api.request("DELETE", f"{PREFIX[kind]}/namespaces/{NAMESPACE}/{kind}")

    def setUp(self):
        self.addCleanup(self.running.tell, "clear")
        self.key = f"{NAMESPACE}/{next(self.names)}"

    # Cluster operations.

    def deploy(self, replicas=5, strategy=None, image="x/y:v1", deadline=1, labels=None, healthy=True):
        name = self.key.split("/")[1]
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": image}]}}
        self.api.request("POST", f"{PREFIX[ROLLOUTS]}/namespaces/{NAMESPACE}/{ROLLOUTS}", {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": name, "labels": labels or {}},
            "spec": {"replicas": replicas, "progressDeadlineSeconds": deadline, "strategy": strategy or {"canary": {}},
                     "selector": {"matchLabels": {"app": name}}, "template": template}})
        if healthy:
            self.healthy()

    def patch(self, kind, key, body, subresource=""):
        return self.api.request("PATCH", path_of(kind, key, subresource), body, MERGE)

    def spec(self, **fields):
        self.patch(ROLLOUTS, self.key, {"spec": fields})

    def image(self, image):
        self.spec(template={"spec": {"containers": [{"name": "c", "image": image}]}})

    def refresh(self, key):
        """As `kubectl rollout-heal refresh` writes it."""
        if key == self.key:
            self.patch(ROLLOUTS, key, {"metadata": {"labels": {"rollout-heal/refreshed": f"{time.time():.6f}"}}})
        else:
            self.patch(REPLICA_SETS, key, {"metadata": {"annotations": {
                "rollout-heal/refreshed": f"{time.time():.6f}"}}}, "/status")

    def rollout(self):
        return self.api.request("GET", path_of(ROLLOUTS, self.key))

    def status(self):
        return self.rollout().get("status", {})

    def sets(self):
        """Its ReplicaSets, the newest last."""
        items = self.api.request("GET", f"{PREFIX[REPLICA_SETS]}/namespaces/{NAMESPACE}/{REPLICA_SETS}"
                                 f"?labelSelector=app={self.key.split('/')[1]}")["items"]
        return sorted(items, key=lambda one: int(judge.annotation(one, judge.REVISION)))

    def set_key(self, number=-1):
        return f"{NAMESPACE}/{self.sets()[number]['metadata']['name']}"

    def counters(self):
        status = self.status()
        return tuple(status.get(one, 0) for one in COUNTERS)

    def restart(self, ahead=0):
        """Times are whole seconds: only with a second ahead are pods older that were born just now."""
        self.spec(restartAt=judge.text(judge.now() + datetime.timedelta(seconds=ahead)))

    # Waiting.

    def until(self, condition, what, seconds=8):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"not {what} after {seconds} s: {json.dumps(self.status())}, "
                          f"{[(one['spec']['replicas'], one.get('status')) for one in self.sets()]}")
            time.sleep(0.02)

    def healthy(self, replicas=None):
        """Healthy, and the counters say what is."""
        def holds():
            rollout, status = self.rollout(), self.status()
            desired = rollout["spec"]["replicas"]
            return status.get("phase") == "Healthy" and status["observedGeneration"] == str(rollout["metadata"]["generation"]) \
                and [status.get(one, 0) for one in COUNTERS] == [desired] * 5 and desired == (replicas or desired) \
                and judge.Conditions(status["conditions"]).named("Healthy")["status"] == "True"
        self.until(holds, "Healthy")

    def phase(self, phase, message=None):
        self.until(lambda: self.status().get("phase") == phase and (message or "") in self.status().get("message", ""), phase)

    def timed_out(self):
        def holds():
            status, name = self.status(), self.key.split("/")[1]
            return status.get("phase") == "Degraded" and status["message"] == \
                f'ProgressDeadlineExceeded: ReplicaSet "{name}-{status["currentPodHash"]}" has timed out progressing.'
        self.until(holds, "timed out")

    def settled(self):
        """Nothing is looked at any more: a quarter of a second without a reconcile."""
        seen = [None, time.monotonic()]

        def holds():
            state = self.running.tell("state")
            if state["reconciled"] != seen[0]:
                seen[:] = state["reconciled"], time.monotonic()
            return time.monotonic() - seen[1] > 0.25
        self.until(holds, "settled")

    def stays(self):
        """The status stays as it is, also when the Rollout is looked at again."""
        before = self.status()
        self.settled()
        self.assertEqual(self.status(), before)

    def lost(self):
        self.until(lambda: any(one["lost"] for one in self.running.tell("state")["faults"]), "lost")

    def evicted(self):
        return self.running.tell("state")["evicted"].get(self.key, 0)

    # Correct behaviour.

    def test_deploy_scale_update_and_roll_back(self):
        self.deploy()
        (one,) = self.sets()
        rollout = self.rollout()
        self.assertEqual(judge.annotation(rollout, judge.REVISION), "1")
        self.assertEqual(one["metadata"]["ownerReferences"][0]["uid"], rollout["metadata"]["uid"])
        self.assertEqual(one["status"], {"replicas": 5, "fullyLabeledReplicas": 5, "readyReplicas": 5, "availableReplicas": 5,
                                         "observedGeneration": 2})
        self.spec(replicas=7)
        self.healthy(7)
        self.assertEqual(judge.annotation(self.sets()[0], judge.DESIRED), "7")
        self.image("x/y:v2")
        self.until(lambda: len(self.sets()) == 2, "updated")
        self.healthy()
        self.assertEqual([one["spec"]["replicas"] for one in self.sets()], [0, 7])
        self.assertEqual(self.sets()[0]["status"], {"replicas": 0, "observedGeneration": 4})
        self.image("x/y:v1")
        self.healthy()
        self.until(lambda: [one["spec"]["replicas"] for one in self.sets()] == [7, 0], "rolled back")

    def test_blue_green(self):
        self.deploy(4, {"blueGreen": {"activeService": "active"}})
        self.image("x/y:v2")
        self.until(lambda: [one["spec"]["replicas"] for one in self.sets()] == [0, 4], "promoted")
        self.until(lambda: self.status()["blueGreen"]["activeSelector"] == judge.pod_hash(self.sets()[1]), "active")
        self.until(lambda: self.counters() == (4,) * 5, "scaled down")
        self.assertTrue(self.status()["selector"].endswith(f"{judge.HASH}={judge.pod_hash(self.sets()[1])}"))

    def test_a_genuine_time_out(self):
        self.deploy(image="x/broken:v1", healthy=False)
        self.timed_out()
        self.assertEqual(self.counters(), (5, 5, 0, 0, 5))
        self.refresh(self.set_key())
        self.stays()
        self.image("x/mended:v1")
        self.healthy()

    def test_pods_that_are_missing(self):
        self.deploy()
        self.patch(REPLICA_SETS, self.set_key(), {"metadata": {"annotations": {"rollout-heal.test/available": "3"}}})
        self.timed_out()
        self.assertEqual(self.counters(), (5, 5, 3, 3, 5))
        self.patch(REPLICA_SETS, self.set_key(), {"metadata": {"annotations": {"rollout-heal.test/available": None}}})
        self.healthy()

    def test_paused_and_resumed(self):
        self.deploy()
        self.spec(paused=True)
        self.phase("Paused", "manually paused")
        self.image("x/y:v2")
        self.until(lambda: len(self.sets()) == 2, "updated")
        self.spec(replicas=7)
        self.until(lambda: self.status()["observedGeneration"] == str(self.rollout()["metadata"]["generation"]), "observed")
        self.stays()
        self.assertEqual(self.counters(), (5, 0, 5, 5, 5))
        self.spec(paused=False)
        self.healthy(7)

    def test_an_invalid_spec(self):
        self.deploy()
        self.spec(selector=None)
        self.phase("Degraded", "InvalidSpec: ")
        self.spec(selector={"matchLabels": {"app": self.key.split("/")[1]}})
        self.healthy()

    def test_a_deleted_rollout_and_one_of_another_controller(self):
        self.deploy()
        self.api.request("DELETE", path_of(ROLLOUTS, self.key))
        self.until(lambda: not self.sets(), "collected")
        self.deploy(labels={"argo-rollouts.argoproj.io/controller-instance-id": "other"}, healthy=False)
        self.settled()
        self.assertEqual((self.status(), self.sets()), ({}, []))
        other = Running("--instance-id", "other", "--only", "controller")
        self.addCleanup(other.stop)
        self.healthy()

    # Faults.

    def test_stale_current_healed_by_a_refresh(self):
        self.deploy(7)
        self.running.tell("freeze", "replicaset", self.set_key())
        self.spec(replicas=5)
        self.lost()
        self.until(lambda: self.status()["observedGeneration"] == "2" and self.counters() == (7,) * 5, "stale")
        self.timed_out()
        self.assertEqual(self.sets()[0]["status"]["replicas"], 5)
        self.refresh(self.key)
        self.stays()
        start = time.monotonic()
        self.refresh(self.set_key())
        self.healthy(5)
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual((self.evicted(), self.running.tell("state")["faults"]), (0, []))

    def test_stale_current_low_healed_by_a_restart(self):
        self.deploy(5, deadline=1)
        self.running.tell("freeze", "replicaset", self.set_key())
        self.spec(replicas=8)
        self.timed_out()
        self.assertEqual(self.counters(), (5,) * 5)
        self.restart()
        self.until(lambda: self.status().get("restartedAt") == self.rollout()["spec"]["restartAt"], "restarted")
        self.healthy(8)
        self.assertEqual(self.evicted(), 8)
        self.assertEqual(sum(one["pods"] for one in self.running.events("evicted", self.key)), 8)

    def test_stale_current_healed_by_the_next_scaling_and_by_a_new_controller(self):
        self.deploy(7)
        for cure in (lambda: self.spec(replicas=6), lambda: (self.running.tell("down"), self.running.tell("up"))):
            self.running.tell("freeze", "replicaset", self.set_key())
            self.spec(replicas=5)
            self.lost()
            self.settled()
            self.assertNotEqual(self.counters(), (5,) * 5)
            cure()
            self.healthy()

    def test_stale_old(self):
        self.deploy()
        self.running.tell("freeze", "replicaset", self.set_key())
        self.image("x/y:v2")
        self.timed_out()
        self.assertEqual([one["status"].get("replicas") for one in self.sets()], [0, 5])
        self.assertEqual(self.counters(), (10, 5, 10, 10, 10))
        self.refresh(self.set_key(1))
        self.stays()
        self.restart()
        self.until(lambda: self.status().get("restartedAt"), "restarted")
        self.assertEqual(self.evicted(), 5)
        # The pods that came back counted as progress, for one deadline.
        self.timed_out()
        self.assertEqual(self.counters(), (10, 5, 10, 10, 10))
        self.refresh(self.set_key(0))
        self.healthy()
        self.assertEqual(self.evicted(), 5)

    def test_stale_update(self):
        self.deploy(4, {"blueGreen": {"activeService": "active"}})
        self.running.tell("freeze", "next", self.key)
        self.image("x/y:v2")
        self.timed_out()
        self.assertEqual(self.counters(), (4, 0, 4, 4, 4))
        self.assertEqual(self.sets()[1]["status"]["availableReplicas"], 4)
        self.refresh(self.set_key(0))
        self.stays()
        self.refresh(self.set_key(1))
        self.until(lambda: [one["spec"]["replicas"] for one in self.sets()] == [0, 4], "promoted")
        self.healthy()

    def test_conflict(self):
        self.deploy()
        self.running.tell("conflict", self.set_key())
        self.spec(replicas=7)
        self.until(lambda: self.running.events("failed", self.key), "in conflict")
        self.assertEqual((self.sets()[0]["spec"]["replicas"], self.status()["observedGeneration"]), (5, "1"))
        self.assertEqual(self.status()["phase"], "Healthy")
        self.refresh(self.set_key())
        self.healthy(7)

    def test_stale_rollout(self):
        self.deploy(image="x/broken:v1", healthy=False)
        self.timed_out()
        self.running.tell("freeze", "rollout", self.key)
        self.image("x/mended:v1")
        self.lost()
        self.refresh(self.set_key())
        self.stays()
        self.assertEqual((self.status()["observedGeneration"], self.rollout()["metadata"]["generation"]), ("1", 2))
        self.refresh(self.key)
        self.healthy()

    def test_a_scaling_that_is_never_seen(self):
        self.deploy()
        self.running.tell("freeze", "rollout", self.key)
        self.spec(replicas=7)
        self.lost()
        self.refresh(self.set_key())
        self.stays()
        self.assertEqual((self.status()["phase"], self.sets()[0]["spec"]["replicas"]), ("Healthy", 5))
        self.refresh(self.key)
        self.healthy(7)

    def test_down_and_up(self):
        self.deploy()
        self.running.tell("down")
        self.spec(replicas=7)
        self.refresh(self.key)
        self.refresh(self.set_key())
        self.stays()
        self.assertEqual(self.status()["observedGeneration"], "1")
        self.running.tell("up")
        self.healthy(7)

    def test_lag(self):
        self.deploy(deadline=600)
        self.running.tell("lag", "0.6")
        start = time.monotonic()
        self.spec(replicas=7)
        self.until(lambda: self.sets()[0]["status"]["replicas"] == 7, "scaled")
        self.assertGreater(time.monotonic() - start, 0.6)
        self.until(lambda: self.counters() == (5,) * 5 and self.status()["observedGeneration"] == "2", "behind")
        self.healthy(7)
        self.assertGreater(time.monotonic() - start, 1.2)

    # Restarts.

    def test_a_restart_evicts_what_is_older(self):
        self.deploy(deadline=600)
        self.spec(restartAt="2020-01-01T00:00:00Z")
        self.until(lambda: self.status().get("restartedAt") == "2020-01-01T00:00:00Z", "restarted")
        self.assertEqual(self.evicted(), 0)
        self.restart(ahead=1)
        self.until(lambda: self.status()["restartedAt"] == self.rollout()["spec"]["restartAt"], "restarted")
        self.healthy()
        self.assertEqual(self.evicted(), 5)
        # One after the other, as maxUnavailable (25 % of 5) allows.
        self.assertEqual([one["pods"] for one in self.running.events("evicted", self.key)], [1] * 5)

    def test_a_restart_of_what_is_broken_stays_armed(self):
        self.deploy(image="x/broken:v1", healthy=False)
        self.timed_out()
        self.restart()
        self.until(lambda: self.status()["observedGeneration"] == "2", "observed")
        self.stays()
        self.assertEqual((self.evicted(), self.status().get("restartedAt"), self.status()["phase"]), (0, None, "Degraded"))

    def budget(self, name):
        path = f"/apis/policy/v1beta1/namespaces/{NAMESPACE}/poddisruptionbudgets"
        self.api.request("POST", path, {"metadata": {"name": name}, "spec": {
            "minAvailable": 1, "selector": {"matchLabels": {"app": self.key.split("/")[1]}}}})
        self.addCleanup(self.api.request, "DELETE", f"{path}/{name}")

    def test_one_budget_holds_a_restart_and_two_freeze_the_rollout(self):
        self.deploy(7)
        self.running.tell("freeze", "replicaset", self.set_key())
        self.spec(replicas=5)
        self.timed_out()
        self.budget(f"{self.key.split('/')[1]}-one")
        self.restart()
        self.until(lambda: self.status()["observedGeneration"] == "3", "observed")
        self.stays()
        self.assertEqual((self.evicted(), self.status()["phase"]), (0, "Degraded"))
        self.budget(f"{self.key.split('/')[1]}-two")
        self.restarts_that_fail()

    def test_fail_while_restarting(self):
        self.deploy(7)
        self.running.tell("freeze", "replicaset", self.set_key())
        self.spec(replicas=5)
        self.timed_out()
        self.running.tell("fail-while-restarting", self.key)
        self.restarts_that_fail()

    def restarts_that_fail(self):
        # One second ahead, because the same time again would be no change.
        self.restart(ahead=1)
        self.until(lambda: self.running.events("failed", self.key), "failing")
        self.refresh(self.set_key())
        self.refresh(self.key)
        self.image("x/y:v2")
        self.until(lambda: self.running.events("cured", self.set_key()), "refreshed")
        self.assertEqual((self.evicted(), self.counters(), len(self.sets())), (0, (7,) * 5, 1))
        self.assertLess(int(self.status()["observedGeneration"]), self.rollout()["metadata"]["generation"])
        self.spec(restartAt=None)
        self.healthy(5)
        self.assertEqual((self.evicted(), len(self.sets())), (0, 2))

    # Samples.

    def sample(self, expected, replicas=7, live=5):
        name = self.key.split("/")[1]
        hash_ = f"h{name}"
        labels = {"app": name, judge.HASH: hash_}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "x/y:v1"}]}}
        rollout = self.api.request("POST", f"{PREFIX[ROLLOUTS]}/namespaces/{NAMESPACE}/{ROLLOUTS}", {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": name, "annotations": {"rollout-heal.test/expected-diagnosis": expected}},
            "spec": {"replicas": live, "strategy": {"canary": {}}, "selector": {"matchLabels": {"app": name}},
                     "template": template}})
        text = f'ReplicaSet "{name}-{hash_}" has timed out progressing.'
        condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": text,
                     "lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        status = dict.fromkeys(COUNTERS, replicas) | {
            "observedGeneration": "1", "phase": "Degraded", "message": f"ProgressDeadlineExceeded: {text}",
            "currentPodHash": hash_, "stableRS": hash_, "conditions": [condition]}
        self.api.request("POST", f"{PREFIX[REPLICA_SETS]}/namespaces/{NAMESPACE}/{REPLICA_SETS}", {
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
                "name": f"{name}-{hash_}", "labels": labels, "annotations": {judge.REVISION: "1"}, "ownerReferences": [
                    {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": name, "controller": True,
                     "uid": rollout["metadata"]["uid"]}]},
            "spec": {"replicas": live, "selector": {"matchLabels": labels}, "template": template}})
        self.patch(ROLLOUTS, self.key, {"status": status}, "/status")
        self.patch(REPLICA_SETS, f"{NAMESPACE}/{name}-{hash_}", {"status": {
            "replicas": live, "readyReplicas": live, "availableReplicas": live, "observedGeneration": 1}}, "/status")
        self.settled()
        self.assertEqual(self.counters(), (replicas,) * 5)

    def test_samples_stand_still_but_for_restarts(self):
        for expected, phase in (("stuck", "Healthy"), ("unproven", "Healthy"), ("unavailable", "Degraded")):
            self.key = f"{NAMESPACE}/{next(self.names)}"
            self.sample(expected, 5)
            self.refresh(self.set_key())
            self.stays()
            self.restart()
            self.until(lambda: self.status()["observedGeneration"] == "2", "observed")
            self.until(lambda: self.status().get("restartedAt") == self.rollout()["spec"]["restartAt"], "restarted")
            self.assertEqual(self.status()["phase"], phase)

    def test_a_stale_sample_turns_right_by_any_write(self):
        for write in (self.set_key, lambda: self.key):
            self.key = f"{NAMESPACE}/{next(self.names)}"
            self.sample("stale")
            self.refresh(write())
            self.healthy(5)

    # The program itself.

    def test_it_says_what_it_is_and_ends_at_once(self):
        self.assertIn("stand-in", self.running.first_line)
        self.assertIn("no pod runs anywhere", self.running.first_line)
        help_ = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, timeout=10, check=True).stdout
        self.assertIn("stand-in", help_)
        self.assertIn("no pod runs anywhere", help_)
        self.running.tell("conflict", "no/body", fails=True)
        for command, status in (("state", 0), ("nonsense", 1)):
            told = subprocess.run([PROGRAM, "--dir", CLUSTER, "tell", command], capture_output=True, text=True, timeout=10)
            self.assertEqual((told.returncode, json.loads(told.stdout)["ok"]), (status, status == 0))
        for sign in (signal.SIGTERM, signal.SIGINT):
            other = Running("--instance-id", "other", "--only", "controller")
            start = time.monotonic()
            self.assertEqual(other.stop(sign), 0)
            self.assertLess(time.monotonic() - start, 1)


if __name__ == "__main__":
    sys.exit(unittest.main())

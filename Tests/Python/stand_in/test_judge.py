"""What the stand-in makes of objects that real controllers left behind (captured.json: 16 of v1.6 and v1.7, one of v1.9)."""

import copy
import json
import pathlib
import unittest

from standin import judge

CAPTURED = {one["name"]: one for one in json.loads(
    (pathlib.Path(__file__).parent / "captured.json").read_text(encoding="utf-8"))}
COUNTERS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "HPAReplicas")
# The controller's belief about one ReplicaSet, by its index.
STALE = {"stale-current-down-before": (0, 7), "stale-current-down": (0, 7), "stale-current-up-before": (0, 5),
         "pending-by-budget": (0, 7), "stale-old": (1, 1), "stale-update-blue-green": (1, 0)}
# Objects that are not judged: reconciling them fails, or they are being deleted.
UNOBSERVED = {"conflict-loop-1.6", "frozen-by-two-budgets", "deleting"}


def parts(name):
    objects = copy.deepcopy(CAPTURED[name]["objects"])
    return objects[0], objects[1:], judge.parse(CAPTURED[name]["at"])


def believe(replica_set, pods):
    replica_set["status"] = {"observedGeneration": 1, "replicas": pods, "fullyLabeledReplicas": pods,
                             "readyReplicas": pods, "availableReplicas": pods}


def failing(rollout, sets, status):
    """The equations that do not hold, as the field `failing` of the captured ones names them."""
    # Computed again without judge.counters, which is under test.
    current = [one for one in sets if judge.pod_hash(one) == status["currentPodHash"]]
    judged = sets
    if "blueGreen" in rollout["spec"]["strategy"]:
        active = status["blueGreen"].get("activeSelector")
        judged = [one for one in sets if judge.pod_hash(one) == active] or sets
    live = {"replicas": sum(one["status"].get("replicas", 0) for one in sets),
            "updatedReplicas": sum(one["status"].get("replicas", 0) for one in current),
            "readyReplicas": sum(one["status"].get("readyReplicas", 0) for one in judged),
            "availableReplicas": sum(one["status"].get("availableReplicas", 0) for one in judged),
            "HPAReplicas": sum(one["status"].get("replicas", 0) for one in judged)}
    desired = str(rollout["spec"].get("replicas", 1))
    if any(one["spec"]["replicas"] > 0 and one["metadata"]["annotations"]["rollout.argoproj.io/desired-replicas"] != desired
           for one in sets):
        live = {field: live[field] for field in ("availableReplicas", "HPAReplicas")}
    wrong = {field: {"status": status.get(field, 0), "live": value} for field, value in live.items()
             if status.get(field, 0) != value}
    if status["observedGeneration"] != str(rollout["metadata"]["generation"]):
        wrong["generation"] = {"status": int(status["observedGeneration"]), "live": rollout["metadata"]["generation"]}
    return wrong


class JudgeTests(unittest.TestCase):
    maxDiff = None

    def each(self, names, check):
        for name in names:
            with self.subTest(name):
                check(name, *parts(name))

    def test_equations_are_those_that_were_measured(self):
        def check(name, rollout, sets, _):
            self.assertEqual(failing(rollout, sets, rollout["status"]), CAPTURED[name]["failing"])
        self.each(set(CAPTURED) - {"deleting"}, check)

    def test_fresh_caches_satisfy_every_equation(self):
        def check(_, rollout, sets, time):
            status = judge.judge(rollout, sets, rollout["status"]["currentPodHash"], time)
            self.assertEqual(failing(rollout, sets, status), {})
            self.assertNotIn(0, [status.get(field) for field in COUNTERS], "zero is omitted")
        self.each(CAPTURED, check)

    def test_what_was_right_is_written_again(self):
        """Not a field, a condition or a message differs."""
        def check(name, rollout, sets, time):
            if name == "stale-rollout-fix-unseen":
                # The controller believed in the previous version of the Rollout.
                rollout["metadata"]["generation"] -= 1
            self.assertEqual(judge.judge(rollout, sets, rollout["status"]["currentPodHash"], time), rollout["status"])
        self.each(set(CAPTURED) - set(STALE) - UNOBSERVED, check)

    def test_a_stale_view_is_written_as_it_was(self):
        def check(name, rollout, sets, time):
            believe(sets[STALE[name][0]], STALE[name][1])
            status = judge.judge(rollout, sets, rollout["status"]["currentPodHash"], time)
            self.assertEqual(status, rollout["status"])
        self.each(STALE, check)

    def test_a_stale_view_times_out(self):
        rollout, sets, _ = parts("stale-current-down-before")
        later, _, time = parts("stale-current-down")
        believe(sets[0], 7)
        self.assertEqual(judge.judge(rollout, sets, rollout["status"]["currentPodHash"], time), later["status"])
        self.assertEqual(judge.text(judge.deadline(rollout["spec"], rollout["status"])), "2026-11-28T02:01:41Z")

    def test_seen_again_it_is_healthy(self):
        def check(name, rollout, sets, time):
            status = judge.judge(rollout, sets, rollout["status"]["currentPodHash"], time)
            self.assertEqual(status["phase"], "Healthy")
            self.assertNotIn("message", status)
            self.assertEqual(judge.Conditions(status["conditions"]).named("Healthy")["status"], "True")
        self.each(set(STALE) - {"pending-by-budget"}, check)

    def test_a_pending_restart_stays_degraded_until_it_is_seen_again(self):
        rollout, sets, time = parts("pending-by-budget")
        status = judge.judge(rollout, sets, rollout["status"]["currentPodHash"], time)
        self.assertEqual((status["phase"], status["message"]), ("Progressing", "rollout is restarting"))

    def test_the_template_says_which_is_current(self):
        def check(name, rollout, sets, _):
            for one in sets:
                del one["metadata"]["annotations"][judge.REVISION]
            self.assertEqual(judge.current_hash(rollout, sets), rollout["status"]["currentPodHash"])
        self.each(set(CAPTURED) - {"stale-rollout-fix-unseen"}, check)
        rollout, sets, _ = parts("stale-rollout-fix-unseen")
        self.assertNotIn(judge.current_hash(rollout, sets), [judge.pod_hash(one) for one in sets])

    def test_an_update_that_is_paused_scales_nothing(self):
        rollout, sets, _ = parts("normal-paused-then-scaled")
        current = rollout["status"]["currentPodHash"]
        self.assertEqual(judge.wanted_replicas(rollout, sets, current), {})
        rollout["spec"]["paused"] = False
        self.assertEqual(judge.wanted_replicas(rollout, sets, current), {"pz-7c5bcb886b": 7, "pz-8f489cf75": 5})


if __name__ == "__main__":
    unittest.main()

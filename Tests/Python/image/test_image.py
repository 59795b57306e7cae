"""The image and the manifests of deploy/ on a real API server. scripts/ci/test-image calls this."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
from collections import Counter

import manifests
from cluster import Cluster, Request, summary
from container import Container, Image

ROOT = pathlib.Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
CLUSTER = Cluster(pathlib.Path(os.environ["ROLLOUT_HEAL_TEST_CLUSTER"]))
SCRIPT = ["/usr/local/bin/restart-rollouts"]

#: Permissions for requests that these runs do not make: reading a Rollout again after a conflict or to follow it;
#: a refresh without an earlier mark; budgets, pods, and Events if there is none to record.
FOR_OTHER_RUNS = {("get", "rollouts"), ("get", "replicasets"), ("patch", "replicasets/status"), ("list", "poddisruptionbudgets"),
                  ("list", "pods"), ("create", "events"), ("patch", "events")}


class ImageCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        pathlib.Path(cls.folder.name).chmod(0o755)
        cls.image = Image(pathlib.Path(os.environ["ROLLOUT_HEAL_IMAGE"]), pathlib.Path(cls.folder.name) / "root")
        for name in ("argo-events", "rollout-heal"):
            CLUSTER.namespace(name)
        CLUSTER.kubectl("apply", "-f", str(pathlib.Path(__file__).parent / "original-rbac.yaml"))
        for mode in ("sensor-webhook", "sensor-resource", "cronjob", "watch"):
            CLUSTER.kubectl("apply", "-f", str(DEPLOY / mode / "rbac.yaml"))
        # Performs restarts, and reconciles after refreshes.
        controller = subprocess.Popen([ROOT / "scripts/dev/stand-in-controller", "--dir", CLUSTER.folder, "--interval", "0.2"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(controller.wait)
        cls.addClassCleanup(controller.terminate)

    def setUp(self):
        subprocess.run([ROOT / "scripts/dev/samples", "--dir", CLUSTER.folder], check=True, stderr=subprocess.DEVNULL)
        self.mark_as_refreshed()
        self.before = {self.key(rollout): rollout for rollout in CLUSTER.rollouts()}
        self.since = CLUSTER.mark()

    @staticmethod
    def mark_as_refreshed():
        """As if a refresh had not helped what is stuck: it is restarted without half a minute of waiting."""
        mark = f"rollout-heal/refreshed={int(time.time()) - 60}.1"
        for namespace in ("shop", "payments", "legacy"):
            CLUSTER.kubectl("annotate", "--overwrite", "replicasets.apps", "-n", namespace, "--all", mark)

    @staticmethod
    def key(rollout: dict) -> str:
        return f"{rollout['metadata']['namespace']}/{rollout['metadata']['name']}"

    def container(self, account: str, command, args, **more) -> Container:
        """A pod of `account` (namespace:name)."""
        folder = pathlib.Path(self.folder.name) / account.replace(":", "-")
        CLUSTER.account(*account.split(":"), folder)
        container = Container(self.image, folder, CLUSTER.port, command, args, **more)
        self.addCleanup(container.end)
        return container

    def restarted(self) -> set[str]:
        """Which Rollouts have been asked to restart since the test began."""
        return {
            self.key(rollout) for rollout in CLUSTER.rollouts()
            if rollout["spec"].get("restartAt") != self.before[self.key(rollout)]["spec"].get("restartAt")}

    def expected(self, diagnoses: set[str], namespace: str = "") -> set[str]:
        """Those of these diagnoses that nothing holds back; strict spares the only pod."""
        def said(rollout, what):
            return rollout["metadata"]["annotations"][f"rollout-heal.test/expected-{what}"]
        return {
            key for key, rollout in self.before.items()
            if said(rollout, "diagnosis") in diagnoses and not said(rollout, "held-by") and rollout["spec"].get("replicas", 1) > 1
            and namespace in ("", rollout["metadata"]["namespace"])}

    def requests(self, account: str) -> list[Request]:
        return CLUSTER.requests(account, self.since)

    def assert_least_privilege(self, account: str, mode: str) -> list[Request]:
        """Nothing was refused, and what deploy/ grants is what was used."""
        requests = self.requests(account)
        self.assertEqual([request for request in requests if request.status in (401, 403)], [])
        used = {request.kind for request in requests}
        self.assertEqual(manifests.granted(DEPLOY / mode / "rbac.yaml", account.split(":")[1]) - FOR_OTHER_RUNS,
                         used - FOR_OTHER_RUNS)
        return requests


    def timed_out(self, namespace: str = "") -> list[str]:
        """All that match the rule: about these, ReplicaSets are asked for."""
        return [
            key for key, rollout in self.before.items()
            if namespace in ("", rollout["metadata"]["namespace"]) and rollout.get("status", {}).get("phase") == "Degraded"
            and "ProgressDeadlineExceeded" in rollout["status"].get("message", "")]

    def assert_nothing_needless(self, requests: list[Request], namespace: str = ""):
        """One list, looks at what can be healed, a write for each restart or refresh: no more."""
        counts = summary(requests)
        self.assertEqual(counts.pop("list rollouts 200"), 1)
        stale = len(self.expected({"stale"}, namespace))
        patched = counts.pop("patch rollouts 200") - len(self.restarted())
        self.assertTrue(0 <= patched <= stale, patched)  # labels
        self.assertLessEqual(counts.pop("patch replicasets/status 200", 0), 2 * stale)
        # An Event for each step, and for what came of it; a server may count a repeated one.
        healed = len(self.restarted()) + stale
        self.assertTrue(0 < counts.pop("create events 201") <= 3 * healed, counts)
        self.assertLessEqual(counts.pop("patch events 200", 0), 3 * healed)
        # Followed Rollouts are read until they are Healthy.
        looked = counts.pop("get rollouts 200")
        self.assertLessEqual(looked, 30 * (len(self.restarted()) + stale))
        self.assertLessEqual(counts.pop("list replicasets 200"), looked + len(self.timed_out(namespace)) + stale)
        # Read right before a restart, in both evidence reads; a server before 1.21 has only the older version.
        self.assertLessEqual(counts.pop("list poddisruptionbudgets 200", 0), looked)
        self.assertLessEqual(counts.pop("list poddisruptionbudgets 404", 0), looked)
        self.assertEqual(counts, {})


class FileSystemTests(ImageCase):
    def test_nothing_is_in_it_that_is_not_needed(self):
        self.assertEqual(
            sorted(file for file in self.image.files if not (self.image.root / file).is_dir()),
            ["etc/group", "etc/nsswitch.conf", "etc/passwd", "etc/ssl/certs/ca-certificates.crt",
             "usr/local/bin/kubectl-rollout_heal", "usr/local/bin/restart-rollouts",
             *(f"usr/share/doc/kubectl-rollout-heal/{name}" for name in ("LICENSE", "THIRD-PARTY-NOTICES", "sbom.spdx.json"))])
        self.assertEqual(self.image.config["User"], "65532:65532")

    def test_the_archive_is_dockers_only(self):
        """containerd takes one that also has an `oci-layout` for OCI's, and the tag alone for the whole name."""
        self.assertEqual(sorted(self.image.members), sorted([*self.image.parts, "manifest.json"]))
        self.assertEqual(self.image.tags, [f"kubectl-rollout-heal:{self.image.version}"])

    def test_its_parts_are_named_with_versions(self):
        document = json.loads((self.image.root / "usr/share/doc/kubectl-rollout-heal/sbom.spdx.json").read_text())
        versions = {package["name"]: package["versionInfo"] for package in document["packages"]}
        self.assertLessEqual({"libcurl", "openssl", "libyaml", "glibc", "swift", "zlib", "nghttp2", "ca-certificates",
                              "swift-argument-parser"}, set(versions))
        said = self.container("argo-events:rollout-heal-job", None, ["version", "-o", "json"]).finish()[1]
        built = json.loads(said)
        self.assertTrue(versions["libcurl"].startswith(built["libcurl"]))
        self.assertTrue(versions["openssl"].startswith(built["tls"].removeprefix("OpenSSL/")))

        for package in document["packages"]:
            for reference in package.get("externalRefs", []):
                self.assertRegex(reference["referenceLocator"], r"^pkg:deb/debian/[a-z0-9.-]+@[\w.~%-]+\?arch=source$")
        notices = (self.image.root / "usr/share/doc/kubectl-rollout-heal/THIRD-PARTY-NOTICES").read_text()
        for name in set(versions) - {"kubectl-rollout-heal"}:
            heading = {"libcurl": "curl", "swift": "Swift:"}.get(name, name)
            self.assertRegex(notices, rf"(?m)^={{80}}\n{re.escape(heading)} ")
        for words in ("GNU LESSER GENERAL PUBLIC LICENSE", "GCC Runtime Library Exception", "Runtime Library Exception to the Apache",
                      "Daniel Stenberg", "Kirill Simonov", "Tatsuhiro Tsujikawa", "Jean-loup Gailly", "The OpenSSL Project"):
            self.assertIn(words, notices)

    def test_manifests_name_this_image(self):
        tag = self.image.tags[0]
        for path in sorted(DEPLOY.rglob("*.yaml")):
            for name in re.findall(r"image: *([^\s{]\S*)", path.read_text()):
                self.assertEqual(name, tag, path)

    def test_the_file_system_cannot_be_written(self):
        status, out, err, _ = self.container("argo-events:rollout-heal-job", None, ["list", "-A"]).finish()
        # Prints only the number of Rollouts without a row.
        self.assertEqual((status, err.strip()), (0, "2 more Rollouts are Degraded for other reasons: --all shows them"))
        self.assertIn("checkout", out)


class SensorTests(ImageCase):
    JOB = "argo-events:rollout-heal-job"

    def run_job(self, **changes):
        """What restarts settles for a minute first: the script takes no flags."""
        body = {"project": "default", "namespace": "shop", "app": "store", "health": "Degraded"} | changes
        return self.container(self.JOB, *manifests.job_line(manifests.sensor_job(DEPLOY, "sensor-webhook", body))).finish()

    def test_it_restarts_what_a_restart_heals(self):
        status, out, err, words = self.run_job()
        self.assertEqual(status, 0, err)
        self.assertEqual(self.restarted(), self.expected({"stuck"}, "shop"))
        self.assertEqual({line.split(" healed by a restart")[0] for line in out.splitlines() if " healed by a restart in " in line},
                         {f"rollout.argoproj.io/{key.split('/')[1]}" for key in self.restarted()})
        self.assertEqual(json.loads(words)["kind"], "HealList")
        requests = self.assert_least_privilege(self.JOB, "sensor-webhook")
        self.assertEqual({request.namespace for request in requests}, {"shop"})
        self.assert_nothing_needless(requests, "shop")

    def test_with_the_rights_of_the_replaced_script_nothing_is_evicted(self):
        account = "argo-events:rollouts-timeout-sensor"
        status, _, err, _ = self.container(account, SCRIPT, ["default", "shop", "store", "Degraded"]).finish()
        self.assertEqual(status, 0, err)
        # Without ReplicaSets there is no evidence, so nothing is restarted, and the missing permission is named.
        self.assertEqual(self.restarted(), set())
        self.assertIn("grant verb list on resource replicasets in API group apps", err)
        refused = {request.kind for request in self.requests(account) if request.status == 403}
        self.assertEqual(refused, {("list", "replicasets")})

    def test_an_application_that_is_not_degraded(self):
        for health in ("Healthy", "Progressing", "", "degraded", "--all-namespaces"):
            self.assertEqual(self.run_job(health=health)[0], 0)
        self.assertEqual(self.requests(self.JOB), [])

    def test_hostile_namespaces_are_refused(self):
        for namespace in ("", "--all-namespaces", "-A", "../x", "x" * 300, "shop\n", "shop\nother", "$(id)", "`id`",
                          "größe", "shop,payments", "*", " shop", "SHOP", "shop/../payments", "shop%2f"):
            status, _, err, _ = self.run_job(namespace=namespace)
            self.assertEqual((status, err.count("\n")), (2, 1), namespace)
        self.assertEqual((self.requests(self.JOB), self.restarted()), ([], set()))

    def test_other_hostile_arguments_are_data(self):
        # Nothing to wait for.
        opted_out = "rollout-heal/ignore"
        CLUSTER.kubectl("label", "-n", "shop", "rollouts.argoproj.io", "--all", f"{opted_out}=true")
        self.addCleanup(CLUSTER.kubectl, "label", "-n", "shop", "rollouts.argoproj.io", "--all", f"{opted_out}-")
        for text in ("--all-namespaces", "-n=payments", "../x", "x" * 300, "a\nb", "$(id)", "größe", "--", "\x1b[31m"):
            status, _, err, _ = self.run_job(project=text, app=text)
            self.assertEqual(status, 0, text)
            self.assertNotIn("\x1b", err)
        self.assertEqual({request.namespace for request in self.requests(self.JOB)}, {"shop"})
        self.assertEqual(self.restarted(), set())

    def test_the_sensor_itself_may_only_create_jobs(self):
        may = "--as=system:serviceaccount:argo-events:rollout-heal-sensor"
        answers = {
            (verb, resource): CLUSTER.kubectl("create", "--raw", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                                              "-f", "-", given=json.dumps(self.review(verb, group, resource)))
            for verb, group, resource in (("create", "batch", "jobs"), ("delete", "batch", "jobs"), ("get", "", "secrets"),
                                          ("patch", "argoproj.io", "rollouts"), ("create", "", "pods"))}
        allowed = {kind for kind, answer in answers.items() if json.loads(answer)["status"].get("allowed")}
        self.assertEqual(allowed, {("create", "jobs")}, may)

    @staticmethod
    def review(verb: str, group: str, resource: str) -> dict:
        return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": "system:serviceaccount:argo-events:rollout-heal-sensor",
            "resourceAttributes": {"namespace": "argo-events", "verb": verb, "group": group, "resource": resource}}}


class ResourceSensorTests(ImageCase):
    """A Rollout that hangs, as the EventSource sends it, to the Job of `sensor-resource`."""

    def test_its_job_is_taken_and_restarts_this_rollout_only(self):
        key = sorted(self.expected({"stuck"}, "shop"))[0]
        job = manifests.sensor_job(DEPLOY, "sensor-resource", self.before[key])
        sensor = "--as=system:serviceaccount:argo-events:rollout-heal-sensor"
        stored = json.loads(CLUSTER.kubectl("create", sensor, "-n", "argo-events", "--dry-run=server", "-o", "json",
                                            "--validate=false",  # an old server knows no podFailurePolicy
                                            "-f", "-", given=json.dumps(job)))
        self.assertEqual(stored["metadata"]["name"], "rollout-heal-" + self.before[key]["metadata"]["uid"])
        command, args = manifests.job_line(stored)
        status, _, err, _ = self.container(SensorTests.JOB, command, args[:1] + ["--settle=5s"] + args[1:]).finish()
        self.assertEqual(status, 0, err)
        self.assertEqual(self.restarted(), {key})
        requests = self.requests(SensorTests.JOB)
        self.assertEqual({request.status for request in requests if request.resource not in ("poddisruptionbudgets", "events")}, {200})
        self.assertEqual({request.namespace for request in requests}, {"shop"})
        self.assertEqual(summary(requests)["patch rollouts 200"], 1)


class CronJobTests(ImageCase):
    def test_every_namespace(self):
        account = "rollout-heal:rollout-heal-cronjob"
        command, args = manifests.cronjob(DEPLOY)
        status, _, err, _ = self.container(account, command, args[:1] + ["--settle=5s"] + args[1:]).finish()
        self.assertEqual(status, 0, err)
        self.assertEqual(self.restarted(), self.expected({"stuck"}))
        self.assert_nothing_needless(self.assert_least_privilege(account, "cronjob"))


class WatchTests(ImageCase):
    ACCOUNT = "rollout-heal:rollout-heal-watch"

    def test_two_replicas_heal_and_hand_over(self):
        CLUSTER.kubectl("delete", "-n", "rollout-heal", "leases.coordination.k8s.io", "--all")
        ports = [free_port(), free_port()]
        start = time.monotonic()
        first = self.replica(ports[0])
        self.wait_for("the first heals", lambda: self.restarted())
        second = self.replica(ports[1])
        self.wait_for("the second is ready", lambda: self.answers(ports[1], "/readyz"))
        self.assertTrue(self.answers(ports[0], "/livez"))
        first.signal(signal.SIGTERM)
        status, _, err, _ = first.finish(10)
        self.assertEqual(status, 0, err)
        self.wait_for("the second leads", lambda: b"\nrollout_heal_leader 1" in self.get(ports[1], "/metrics"))
        second.signal(signal.SIGTERM)
        self.assertEqual(second.finish(10)[0], 0)
        seconds = time.monotonic() - start
        self.assertLessEqual(self.restarted(), self.expected({"stuck"}))
        requests = self.assert_least_privilege(self.ACCOUNT, "watch")
        patched = [request.name for request in requests if request.verb == "patch"]
        self.assertEqual(len(patched), len(set(patched)))
        self.assertEqual({request.namespace for request in requests if request.resource == "leases"}, {"rollout-heal"})
        self.assert_watch_asks_little(requests, seconds)

    def assert_watch_asks_little(self, requests: list[Request], seconds: float):
        """Two replicas: what they ask does not grow with the number of Rollouts, nor beyond what was done."""
        counts = Counter(request.kind for request in requests)
        self.assertEqual(counts.pop(("list", "rollouts")), 2)
        self.assertLessEqual(counts.pop(("watch", "rollouts")), 4)
        patched = counts.pop(("patch", "rollouts"))
        # Each restart and each held-back Rollout is reported once.
        self.assertLessEqual(counts.pop(("create", "events")), 2 * len(self.timed_out()))
        asked = sum(counts.pop(kind) for kind in list(counts) if kind[1] == "replicasets")
        self.assertLessEqual(asked, 2 * 2 * len(self.timed_out()) + 2 * patched)
        # One read per second, plus acquiring and releasing.
        leases = sum(counts.pop(kind) for kind in list(counts) if kind[1] == "leases")
        self.assertLessEqual(leases, 2 * (seconds + 4))
        self.assertEqual({kind for kind, count in counts.items() if kind not in FOR_OTHER_RUNS}, set())

    def replica(self, port: int) -> Container:
        command, args = manifests.watch(DEPLOY)
        # Listens only locally, and settles without a minute's delay.
        here = [f"--metrics-address=127.0.0.1:{port}" if arg.startswith("--metrics-address") else arg for arg in args]
        self.assertNotEqual(here, args)
        return self.container(self.ACCOUNT, command, here + ["--settle=0"])

    @staticmethod
    def get(port: int, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read()

    def answers(self, port: int, path: str) -> bool:
        try:
            return bool(self.get(port, path))
        except OSError:
            return False

    def wait_for(self, what: str, condition):
        end = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)


class NameTests(ImageCase):
    def test_names_are_resolved_in_an_empty_file_system(self):
        """By DNS, as in a pod: the C library's resolver has no files to load there."""
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.bind(("127.53.0.1", 53))  # an address that no name server of this machine uses
        asked = []
        threading.Thread(target=answer_names, args=(server, asked), daemon=True).start()
        args = ["list", "-A", f"--server=https://kubernetes.default.svc:{CLUSTER.port}", "--tls-server-name=localhost",
                "--certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", "-v=6"]
        token = ["--token=" + (CLUSTER.account("argo-events", "rollout-heal-job", pathlib.Path(self.folder.name) / "names")
                               / "token").read_text()]
        container = self.container("argo-events:rollout-heal-job", None, args + token, resolver="nameserver 127.53.0.1\n")
        status, out, err, _ = container.finish()
        self.assertEqual(status, 0, err)
        self.assertIn("checkout", out)
        self.assertIn(b"\x0akubernetes\x07default\x03svc\x00", b"".join(asked))


def answer_names(server: socket.socket, asked: list[bytes]):
    """A name server that gives 127.0.0.1 for every A, and nothing for other types."""
    while True:
        try:
            query, address = server.recvfrom(512)
        except OSError:
            return
        asked.append(query)
        question = query[12:query.index(b"\0", 12) + 5]
        is_a = question[-4:-2] == b"\0\x01"
        header = query[:2] + b"\x81\x80\0\x01" + (b"\0\x01" if is_a else b"\0\0") + b"\0\0\0\0"
        answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04" + socket.inet_aton("127.0.0.1") if is_a else b""
        server.sendto(header + question + answer, address)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


if __name__ == "__main__":
    unittest.main(verbosity=2)

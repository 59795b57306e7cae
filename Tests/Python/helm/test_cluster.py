"""The chart's objects on a real API server, and the chart's life there: installed, upgraded, uninstalled by Helm."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from chart import BINARY, CHART, KUBECTL, NAME, ROOT, SHOP, container, helm, render
from manifests import Object
from server import RESOURCES, VERBS, Server, answer_problems, for_server, heals, leads, review
from test_objects import named
from test_values import VARIANTS

CLUSTER = Path(os.environ["ROLLOUT_HEAL_TEST_CLUSTER"])
# Kinds that the tests' API server does not know.
FOREIGN = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
OPS = "ops"
WRITES = ("patch", "create", "update")


class ClusterCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(KUBECTL, CLUSTER)
        cls.known = cls.server.known()
        for name in (NAME, "shop", "team"):
            cls.server.run("create", "namespace", name)


class Accepted(ClusterCase):
    def test_taken_whole(self):
        """A dry run by the server: every object is accepted, and no field is dropped."""
        seen, unknown = [], set()
        for name, values in VARIANTS.items():
            for each in render(values, **(SHOP if "one namespace" in name else {})):
                adapted, _ = for_server(each, self.known)
                if adapted is None:
                    unknown.add(each["kind"])
                elif adapted not in seen:
                    seen.append(adapted)
                    with self.subTest(name, kind=each["kind"], name=each["metadata"]["name"]):
                        self.assertEqual(list(answer_problems(self.server, adapted)), [])
        self.assertLessEqual(unknown, FOREIGN)
        self.assertGreater(len(seen), 20)


class Installed(ClusterCase):
    """A release, from its first observation to its end. The tests' API server is older than the chart supports: a copy of the chart
    without that condition is installed, and older.py adapts its objects."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.chart = cls.folder / NAME
        shutil.copytree(CHART, cls.chart)
        file = cls.chart / "Chart.yaml"
        # Helm does not take over what others, such as scripts/ci/check-manifests, have left behind.
        cls.server.run("delete", "clusterroles,clusterrolebindings", "rollout-heal-watch", "rollout-heal-cronjob", "--ignore-not-found")
        for each in render({}):
            if each["kind"] not in FOREIGN:
                cls.server.run("delete", each["kind"], each["metadata"]["name"], "-n", NAME, "--ignore-not-found")
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith("kubeVersion")))

    def helm(self, verb: str, *options: str, values: Object | None = None) -> str:
        return self.run_helm(verb, NAME, *([CHART] if verb != "uninstall" else ()), "--namespace", OPS, *options, values=values)

    def run_helm(self, *words: str | Path, values: Object | None = None) -> str:
        """Runs Helm on the copy of the chart."""
        copy = (self.chart, "--post-renderer", sys.executable, "--post-renderer-args", Path(__file__).parent / "older.py")
        adapted = [each for word in words for each in (copy if ROOT / word == CHART else (word,))]
        return helm(*adapted, values=values, env={**self.server.environment, "PATH": os.environ["PATH"]})

    def objects(self) -> set[tuple]:
        """What there is with the release's label."""
        kinds = ("deployments", "services", "poddisruptionbudgets", "cronjobs", "serviceaccounts", "roles", "rolebindings", "clusterroles",
                 "clusterrolebindings", "configmaps")
        labels = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/managed-by=Helm"
        done = self.server.run("get", ",".join(kinds), "-A", "-l", labels, "-o", "json")
        return set(named(json.loads(done.stdout)["items"]))

    def assert_objects(self, values: Object, namespace: str = OPS):
        wanted = {key for key in named(render(values, namespace=namespace)) if key[0] not in FOREIGN}
        self.assertEqual(self.objects(), wanted)

    def rights(self, account: str) -> dict[tuple[str, str], set[str]]:
        """What the account may do where its release is, and elsewhere."""
        asked = [(account, namespace, resource, verb)
                 for namespace in ("shop", OPS) for resource in RESOURCES for verb in VERBS]
        may: dict[tuple[str, str], set[str]] = {}
        for (_, namespace, resource, verb), answer in zip(asked, self.server.ask(review(*each) for each in asked), strict=True):
            if answer["status"].get("allowed", False):
                may.setdefault((namespace, resource), set()).add(verb)
        return may

    def run_as(self, account: str) -> list[str]:
        """How the program is called with the account's token."""
        path = f"/api/v1/namespaces/{OPS}/serviceaccounts/{account}/token"
        answer = self.server.run("create", "--raw", path, "-f", "-", given={
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        kubeconfig = yaml.safe_load((CLUSTER / "kubeconfig").read_text())
        kubeconfig["users"] = [{"name": "account", "user": {"token": json.loads(answer.stdout)["status"]["token"]}}]
        kubeconfig["contexts"] = [
            {"name": "account", "context": {"cluster": kubeconfig["clusters"][0]["name"], "user": "account", "namespace": OPS}}]
        kubeconfig["current-context"] = "account"
        file = self.folder / account
        file.write_text(yaml.safe_dump(kubeconfig))
        return [BINARY, "--kubeconfig", str(file)]

    def test_life(self):
        account = f"{OPS}:rollout-heal-watch"
        said = self.helm("install", "--create-namespace", values={"heal": False})
        for each in ("watches all namespaces", f"deployment/rollout-heal-watch -n {OPS}",
                     "It changes nothing. To let it heal: --set heal=true"):
            self.assertIn(each, said)
        self.assert_objects({"heal": False})
        wide, own = heals("shop", "watch"), heals(OPS, "watch")
        reads = {place: verbs - set(WRITES) for place, verbs in (wide | own).items()}
        self.assertEqual(self.rights(account), {place: verbs for place, verbs in reads.items() if verbs})
        self.observe()

        self.assertIn("image.repository names no registry", said)
        said = self.helm("upgrade", "--reset-then-reuse-values", "--set", "heal=true,image.repository=registry.test/heal")
        self.assertNotIn("image.repository", said)
        self.assertIn("It heals. To let it only observe: --set heal=false", said)
        self.assert_objects({})
        self.assertEqual(self.rights(account), wide | own | leads(OPS))

        said = self.helm("upgrade", "--reset-then-reuse-values", "--set", "optIn=true")
        self.assertIn('Only what has rollout-heal/heal: "true" is healed', said)
        namespaces = {(place, "namespaces"): {"list", "watch"} for place in ("shop", OPS)}
        self.assertEqual(self.rights(account), wide | own | leads(OPS) | namespaces)

        said = self.helm("upgrade", "--reset-then-reuse-values", "--set", "allNamespaces=false,heal=refresh")
        self.assertIn(f"watches the namespace {OPS}.", said)
        self.assertIn("by refreshes alone", said)
        self.assert_objects({"allNamespaces": False, "heal": "refresh"})
        self.assertEqual(self.rights(account), own | leads(OPS))

        said = self.helm("upgrade", "--reset-values", "--set", "mode=cronjob,heal=false")
        self.assertIn('runs at "*/5 * * * *"', said)
        self.assertIn(f"--from=cronjob/rollout-heal now -n {OPS}", said)
        self.assert_objects({"mode": "cronjob", "heal": False})
        self.dry_run()

        self.helm("upgrade", "--reset-values", values=VARIANTS["watch, monitored"])
        self.assert_objects(VARIANTS["watch, monitored"])
        self.helm("uninstall")
        self.assertEqual(self.objects(), set())

    def test_documented(self):
        """The commands of the documents, word for word but for the name of the registry."""
        for document in ("docs/deploy.md", "packaging/helm/rollout-heal/README.md"):
            with self.subTest(document):
                text = (ROOT / document).read_text()
                (install,) = re.findall(r"^```sh\n(helm install .*?)^```", text, re.S | re.M)
                self.assertIn("It heals.", self.run_documented(install))
                self.assert_objects({}, NAME)
                for upgrade in re.findall(r"`(helm upgrade [^`]*)`", text):
                    observed = self.run_documented(install.replace("helm install", "helm upgrade") + " --set heal=false")
                    self.assertIn("It changes nothing.", observed)
                    self.assertIn("It heals.", self.run_documented(upgrade))
                self.run_documented("helm uninstall rollout-heal -n rollout-heal")
                self.assertEqual(self.objects(), set())

    def run_documented(self, command: str) -> str:
        program, *words = shlex.split(command.replace("\\\n", " ").replace("YOUR.REGISTRY", "registry.test"))
        self.assertEqual(program, "helm")
        return self.run_helm(*words)

    def observe(self):
        """The program as it is deployed, with the rights that it has: it finds what is stuck, and is refused nothing."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % free.getsockname()[1]
        given = [each.replace(":8080", address) for each in container(render({"heal": False}))["args"]]
        program = subprocess.Popen([*self.run_as("rollout-heal-watch"), *given], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            end, text = time.monotonic() + 60, ""
            while 'rollout_heal_degraded{diagnosis="stuck"} 0' in text or "rollout_heal_degraded" not in text:
                self.assertIsNone(program.poll(), "the program ended")
                self.assertLess(time.monotonic(), end, text)
                time.sleep(0.2)
                try:
                    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
                        text = answer.read().decode()
                except (urllib.error.URLError, ConnectionError):
                    continue
            requests = [line for line in text.splitlines() if line.startswith("rollout_heal_api_requests_total")]
            self.assertTrue(requests)
            for line in requests:
                self.assertNotRegex(line, 'code="40[13]"')
        finally:
            program.terminate()
            program.wait(timeout=20)

    def dry_run(self):
        given = container(render({"mode": "cronjob", "heal": False}))["args"]
        done = subprocess.run([*self.run_as("rollout-heal-cronjob"), *given], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("restarted (dry run)", done.stdout)
        self.assertNotIn("orbidden", done.stderr)

"""What values do, which are refused, and that README.md and the schema know them all."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import jsonschema
import links
import pods
import yaml
from chart import (BINARY, CHART, CRONJOB, DEPLOY, NAME, NAMESPACED, Refused, arguments, container, helm, of_kind, pod,
                   render)
from manifests import Mode, Object, pods as pods_of
from rights import HEALS, binding_problems, role_problems
from test_objects import MONITORING, named, unlabelled, without_labels

SCHEMAS = Path(pods.__file__).parent / "schemas"
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
WRITES = {"patch", "create", "update"}
# The exit status without a cluster: the arguments are valid if the program fails only there.
USAGE = 2
# All at once, for both modes and for one of them.
RULE = {
    "selector": "app=web,tier!=db", "policy": "strict", "cooldown": "1h30m", "maxRestarts": 2, "settle": "90s",
    "stormThreshold": "40%", "timeout": "7m", "allowSolePod": True, "allowUnproven": True, "optIn": True, "namespaceSelector": "team=a",
    "window": ["Mon-Fri 08:00-18:00", "22:00-04:00"], "qps": 2.5, "burst": 20,
}
WATCH = {
    "excludeNamespaces": ["kube-system", "dev"], "staleAfter": "45s", "maxPerMinute": 3, "logFormat": "text", "resync": "5m",
    "metricsNamespaces": ["shop", "web"],
}
SIGNED = {"notify": {"urlSecret": {"name": "hook"}, "signingSecret": {"name": "keys", "key": "hmac"}, "clusterName": "prod"}}
SLACK = {"notify": {"urlSecret": {"name": "hook", "key": "slack"}, "format": "slack"}}
POD = {
    "podAnnotations": {"team": "a"}, "podLabels": {"tier": "tools"}, "priorityClassName": "high", "nodeSelector": {"os": "linux"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}], "affinity": {"nodeAffinity": {}},
    "resources": {"limits": {"memory": "256Mi"}}, "env": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
    "imagePullSecrets": [{"name": "pull"}],
}
POLICY = {
    "networkPolicy": {
        "enabled": True, "apiServer": {"cidrs": ["10.0.0.1/32"], "ports": [6443]},
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "extraEgress": [{"ports": [{"protocol": "TCP", "port": 3128}]}],
    },
}
POD_MONITOR = {"monitoring": {"podMonitor": {"enabled": True, "interval": "15s", "labels": {"release": "prometheus"}}}}
VARIANTS: dict[str, Object] = {
    "watch": {}, "watch, all settings": RULE | WATCH | POD, "watch, refresh": {"heal": "refresh"}, "watch, observe": {"heal": False},
    "watch, rule, observe": {"heal": False, "policy": "rule"}, "watch, one namespace": NAMESPACED,
    "watch, another namespace": NAMESPACED | {"namespace": "team"}, "watch, one replica": {"replicas": 1, "leaderElect": False},
    "watch, monitored": MONITORING, "watch, PodMonitor": POD_MONITOR, "watch, NetworkPolicy": POLICY,
    "watch, OpenShift": {"podSecurityContext": {"runAsUser": None, "runAsGroup": None}},
    "watch, open NetworkPolicy": {"networkPolicy": {"enabled": True}}, "cronjob": CRONJOB,
    "cronjob, all settings": CRONJOB | RULE | POD | {"cronjob": {"suspend": True}}, "cronjob, observe": CRONJOB | {"heal": False},
    "cronjob, one namespace": CRONJOB | NAMESPACED, "cronjob, another namespace": CRONJOB | NAMESPACED | {"namespace": "team"},
    "cronjob, NetworkPolicy": CRONJOB | POLICY, "watch, Slack": SLACK, "cronjob, signed messages": CRONJOB | SIGNED,
    "watch, opt-in": {"optIn": True}, "cronjob, opt-in": CRONJOB | {"optIn": True},
    "watch, one namespace, opt-in": NAMESPACED | {"optIn": True},
    "cronjob, one namespace, opt-in": CRONJOB | NAMESPACED | {"optIn": True},
}


def valued(path: str, value: Any) -> Object:
    """The values with one at a path such as image.tag."""
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


class Refusals(unittest.TestCase):
    # The schema refuses these; what it says names the place.
    SCHEMA = {
        "mode": ["deployment", "", None, True], "heal": ["yes", "restart", 1, "true", None], "allNamespaces": ["yes"],
        "namespace": ["Shop", "a_b"],
        "excludeNamespaces": ["dev", ["Dev"], ["a", "a"]], "policy": ["cautious"], "cooldown": ["2d", "15 m", 15], "maxRestarts": [0, "1"],
        "settle": ["60"], "staleAfter": ["soon"], "stormThreshold": ["30 %", -1, 0.3], "maxPerMinute": [0], "timeout": [300],
        "namespaceSelector": [" ", ["team=a"]], "optIn": ["yes"], "qps": [-1, 0.01, "20"],
        "burst": [0, 1.5], "resync": ["5s", "500ms", 600],
        "window": ["08:00-18:00", ["Mon"], ["Mon-Fri 8:00-18:00"], ["Montag 08:00-18:00"], ["25:00-26:00"], ["24:00-08:00"]],
        "metricsNamespaces": ["shop", ["Shop"], ["a,b"], [f"n{each}" for each in range(101)]],
        "notify.url": ["https://hooks.test/x"], "notify.format": ["teams"], "notify.urlSecret.name": ["Hook", "a b"],
        "notify.signingSecret.key": ["", "a/b"], "notify.after": ["soon"],
        "logFormat": ["yaml"], "extraArgs": ["--no-events", [1]], "env": [{"A": "b"}, [{"value": "b"}]], "image.tag": ["a b", 1],
        "image.digest": ["sha256:abc", "abc"], "image.pullPolicy": ["always"], "image.registry": ["x"], "image.repository": ["", None],
        "imagePullSecrets": [["pull"]], "replicas": [-1, "2"], "podDisruptionBudget.maxUnavailable": [0, "0%"],
        "podDisruptionBudget.minAvailable": [1], "cronjob.schedule": [""], "cronjob.activeDeadlineSeconds": [30],
        "cronjob.concurrencyPolicy": ["Allow"], "serviceAccount.create": ["no"], "serviceAccount.annotations": [{"a": 1}],
        "rbac.rules": [[]],
        "monitoring.enabled": [True], "monitoring.serviceMonitor.interval": ["30"], "monitoring.podMonitor.port": [1],
        "networkPolicy.apiServer.cidrs": [["10.0.0.1"]], "networkPolicy.apiServer.ports": [[], ["https"], [70000]],
        "resources.request": [{}], "podLabels": [{"a": 1}], "tolerations": [["a"]], "topologySpreadConstraints": [[{"maxSkew": 1}]],
        "fullnameOverride": ["Heal", "-a"], "replicaCount": [2], "nodeSelectors": [{}],
    }
    # Values that are refused together, and what is said.
    CHECKS = [
        ({"policy": "rule"}, "policy: rule would keep restarting"),
        ({"heal": "refresh", "policy": "rule"}, "policy: rule would keep restarting"),
        (CRONJOB | {"heal": False, "policy": "rule"}, "policy: rule would keep restarting"),
        ({"leaderElect": False}, "set replicas: 1"),
        (CRONJOB | {"heal": "refresh"}, "heal: refresh requires mode: watch"),
        (CRONJOB | {"staleAfter": "1m"}, "staleAfter: requires mode: watch"),
        (CRONJOB | {"maxPerMinute": 1}, "maxPerMinute: requires mode: watch"),
        (CRONJOB | {"excludeNamespaces": ["dev"]}, "excludeNamespaces: requires mode: watch"),
        (CRONJOB | valued("monitoring.dashboard.enabled", True), "monitoring.dashboard.enabled: a CronJob serves no metrics"),
        ({"namespace": "shop"}, "set allNamespaces: false to heal only in shop"),
        (NAMESPACED | {"excludeNamespaces": ["dev"]}, "excludeNamespaces: requires allNamespaces: true"),
        (CRONJOB | {"resync": "5m"}, "resync: requires mode: watch"),
        (CRONJOB | {"metricsNamespaces": ["shop"]}, "metricsNamespaces: requires mode: watch"),
        (CRONJOB | {"notify": SLACK["notify"] | {"after": "1m"}}, "notify.after: requires mode: watch"),
        (NAMESPACED | {"namespaceSelector": "team=a"}, "namespaceSelector: requires allNamespaces: true"),
        ({"heal": False, "policy": "rule", "window": ["08:00-18:00"]}, "window: cannot be used with policy: rule"),
        (valued("notify.signingSecret.name", "keys"), "notify: requires notify.urlSecret.name"),
        (valued("notify.clusterName", "prod"), "notify: requires notify.urlSecret.name"),
        ({"notify": SIGNED["notify"] | {"format": "slack"}}, "notify.signingSecret: requires notify.format: json"),
        (valued("serviceAccount.create", False), "serviceAccount.name: name the account"),
        ({"monitoring": {each: {"enabled": True} for each in ("serviceMonitor", "podMonitor")}}, "counted twice"),
    ]

    def test_schema(self):
        for path, wrong in self.SCHEMA.items():
            for value in wrong:
                with self.subTest(path, value=value):
                    with self.assertRaises(Refused) as refused:
                        render(valued(path, value))
                    said, name = str(refused.exception), path.rpartition(".")[2]
                    self.assertIn("don't meet the specifications of the schema", said)
                    # A wrong value is named by its place; null removes a value.
                    if value is None:
                        self.assertIn(f"missing property '{name}'", said)
                    else:
                        self.assertRegex(said, f"at '/{path.replace('.', '/')}[/']|'{name}' not allowed")

    def test_checks(self):
        for values, says in self.CHECKS:
            with self.subTest(values):
                with self.assertRaises(Refused) as refused:
                    render(values)
                self.assertIn(says, str(refused.exception))

    def test_old_kubernetes(self):
        with self.assertRaisesRegex(Refused, "requires kubeVersion: >=1.26.0-0"):
            helm("template", NAME, CHART, "--kube-version", "1.25.16")


class Known(unittest.TestCase):
    def test_readme_has_all_values(self):
        """The table has each value with its default, in the order of values.yaml."""
        rows = re.findall(r"^\| `([\w.]+)` \| `(.+?)` \|", (CHART / "README.md").read_text(), re.MULTILINE)
        whole = {path for path, _ in rows}

        def leaves(values: Object, path: str = ""):
            for key, value in values.items():
                here = f"{path}{key}"
                if isinstance(value, dict) and here not in whole:
                    yield from leaves(value, f"{here}.")
                else:
                    yield here, value

        self.assertEqual([(path, json.loads(default)) for path, default in rows], list(leaves(DEFAULTS)))

    def test_schema_has_all_values(self):
        """Also in the objects below, of which each refuses unknown values."""
        def check(schema: Object, values: Object, path: str):
            schema = SCHEMA["definitions"][schema["$ref"].rsplit("/")[-1]] if "$ref" in schema else schema
            if "properties" not in schema or path == "/resources":
                return
            self.assertIs(schema["additionalProperties"], False, path)
            self.assertEqual(schema["properties"].keys() - {"global"}, values.keys(), path)
            for key, value in values.items():
                if isinstance(value, dict):
                    check(schema["properties"][key], value, f"{path}/{key}")

        jsonschema.Draft7Validator.check_schema(SCHEMA)
        check(SCHEMA, DEFAULTS, "")

    def test_version(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        self.assertEqual((f"v{chart['version']}", chart["appVersion"]), (pods.version(), pods.version()))


class Settings(unittest.TestCase):
    def test_flags(self):
        expected = ["--all-namespaces", "--selector=app=web,tier!=db", "--policy=strict", "--cooldown=1h30m", "--max-restarts=2",
                    "--settle=90s", "--storm-threshold=40%", "--timeout=7m", "--allow-sole-pod", "--allow-unproven", "--opt-in",
                    "--namespace-selector=team=a", "--window=Mon-Fri 08:00-18:00", "--window=22:00-04:00", "--qps=2.5", "--burst=20"]
        self.assertEqual(sorted(arguments(CRONJOB | RULE)), sorted(["heal", *expected]))
        self.assertEqual(sorted(arguments(RULE | WATCH)), sorted([
            "watch", "--heal", "--leader-elect", "--metrics-address=:8080", "--log-format=text", "--exclude-namespace=kube-system",
            "--exclude-namespace=dev", "--stale-after=45s", "--max-per-minute=3", "--resync=5m",
            "--metrics-namespaces=shop,web", *expected]))
        self.assertEqual(arguments({"stormThreshold": 5})[-1], "--storm-threshold=5")
        self.assertEqual(arguments({"qps": 0})[-1], "--qps=0")
        extra = ["--no-events", "--window=08:00-18:00"]
        self.assertEqual(arguments({"extraArgs": extra, "settle": "2m"})[-3:], ["--settle=2m", *extra])

    def test_notify(self):
        """The URL and the key are files, each from its Secret, and neither is in the manifest."""
        folder = "/etc/rollout-heal/notify"
        for values, flags, items in (
            (SLACK, {f"--notify=slack:@{folder}/url"}, [("hook", "slack", "url")]),
            (CRONJOB | SIGNED, {f"--notify=@{folder}/url", f"--notify-key-file={folder}/key", "--cluster-name=prod"},
             [("hook", "url", "url"), ("keys", "hmac", "key")]),
            ({"notify": SLACK["notify"] | {"after": "90s"}}, {f"--notify=slack:@{folder}/url", "--notify-after=90s"},
             [("hook", "slack", "url")]),
        ):
            objects = render(values)
            main, (volume,) = container(objects), pod(objects)["spec"]["volumes"]
            self.assertEqual({each for each in main["args"] if "notify" in each or "cluster-name" in each}, flags)
            self.assertEqual(main["volumeMounts"], [{"name": volume["name"], "mountPath": folder, "readOnly": True}])
            secrets = [each["secret"] for each in volume["projected"]["sources"]]
            self.assertEqual([(each["name"], item["key"], item["path"]) for each in secrets for item in each["items"]], items)
        self.assertNotIn("volumes", pod(render({}))["spec"])

    def test_heal(self):
        self.assertIn("--heal=refresh", arguments({"heal": "refresh"}))
        self.assertEqual(arguments({"heal": False}), ["watch", "--all-namespaces", "--metrics-address=:8080", "--log-format=json"])
        self.assertEqual(arguments(CRONJOB | {"heal": False}), ["heal", "--all-namespaces", "--dry-run=client"])
        self.assertNotIn("--leader-elect", arguments({"leaderElect": False, "replicas": 1}))

    def test_lease(self):
        """It is the release's own, in the release's namespace, and the role is for that one."""
        for values, name, lease in (
            ({}, NAME, None), ({}, "blue", "--leader-elect-lease=rollout-heal/blue-rollout-heal"),
            ({"fullnameOverride": NAME}, "blue", None), ({"fullnameOverride": "heal"}, NAME, "--leader-elect-lease=rollout-heal/heal"),
            (NAMESPACED | {"namespace": "shop"}, NAME, "--leader-elect-lease=rollout-heal/rollout-heal"),
        ):
            with self.subTest(values, name=name):
                objects = render(values, name=name)
                passed = [each for each in container(objects)["args"] if each.startswith("--leader-elect-lease")]
                self.assertEqual(passed, [lease] if lease else [])
                (role,) = (each for each in objects if each["kind"] == "Role" and each["metadata"]["name"].endswith("-watch-lease"))
                self.assertEqual(role["metadata"]["namespace"], NAME)
                self.assertEqual(role["rules"][1]["resourceNames"], [(lease or f"/{NAME}").rsplit("/")[-1]])

    def test_two_never_heal_at_once(self):
        """During an upgrade: with a Lease, the new process may start beside the old one; without, it may not."""
        alone = {"replicas": 1, "leaderElect": False}
        for values, expected in [({}, False), (alone, True), (alone | {"heal": "refresh"}, True), (alone | {"heal": False}, False)]:
            strategy = of_kind(render(values), "Deployment")["spec"]["strategy"]
            wanted = {"type": "Recreate"} if expected else {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
            self.assertEqual(strategy, wanted, values)

    def test_program_takes_the_arguments(self):
        for name, values in VARIANTS.items():
            with self.subTest(name):
                given = [each.replace(":8080", "127.0.0.1:0") for each in arguments(values)]
                done = subprocess.run([BINARY, *given], env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}, capture_output=True,
                                      text=True, timeout=60)
                self.assertNotIn(done.returncode, (0, USAGE), done.stderr)

    def test_image(self):
        digest = "sha256:" + "0" * 64
        for given, image in (
            ({}, f"kubectl-rollout-heal:{pods.version()}"), ({"repository": "r.test/heal", "tag": "7"}, "r.test/heal:7"),
            ({"digest": digest, "tag": "7"}, f"kubectl-rollout-heal@{digest}"),
        ):
            self.assertEqual(container(render({"image": given}))["image"], image)
        self.assertNotIn("imagePullPolicy", container(render({})))
        self.assertEqual(container(render(valued("image.pullPolicy", "Always")))["imagePullPolicy"], "Always")

    def test_pod(self):
        for mode in ({}, CRONJOB):
            objects = render(mode | POD)
            spec, main = pod(objects)["spec"], container(objects)
            for field in ("priorityClassName", "nodeSelector", "tolerations", "affinity", "imagePullSecrets"):
                self.assertEqual(spec[field], POD[field])
            self.assertEqual((main["resources"], main["env"]), (POD["resources"], POD["env"]))
            self.assertEqual(pod(objects)["metadata"]["annotations"], {"team": "a"})
            self.assertEqual(pod(objects)["metadata"]["labels"]["tier"], "tools")
        self.assertNotIn("runAsUser", pod(render(VARIANTS["watch, OpenShift"]))["spec"]["securityContext"])
        self.assertIs(of_kind(render(VARIANTS["cronjob, all settings"]), "CronJob")["spec"]["suspend"], True)

    def test_spread(self):
        given = {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
        own = given | {"labelSelector": {"matchLabels": {"a": "b"}}}
        for mode in ({}, CRONJOB):
            objects = render(mode | {"topologySpreadConstraints": [given, own]})
            first, second = pod(objects)["spec"]["topologySpreadConstraints"]
            self.assertEqual((first, second), (given | {"labelSelector": {"matchLabels": pod(objects)["metadata"]["labels"]}}, own))
        self.assertNotIn("topologySpreadConstraints", pod(render(CRONJOB))["spec"])

    def test_parts_are_optional(self):
        def kinds(values: Object) -> set[str]:
            return {each["kind"] for each in render(values)}

        everything = kinds({})
        self.assertEqual(everything - kinds(valued("podDisruptionBudget.enabled", False)), {"PodDisruptionBudget"})
        self.assertEqual(everything - kinds(valued("rbac.create", False)), {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})
        objects = render({"serviceAccount": {"create": False, "name": "theirs"}})
        self.assertNotIn("ServiceAccount", {each["kind"] for each in objects})
        self.assertEqual(pod(objects)["spec"]["serviceAccountName"], "theirs")
        self.assertEqual({each["subjects"][0]["name"] for each in objects if "subjects" in each}, {"theirs"})


class Objects(unittest.TestCase):
    def test_variants(self):
        """What holds of deploy/ holds of all of them: pods, accounts, bindings, selectors, probes, and that names are unique."""
        for name, values in VARIANTS.items():
            with self.subTest(name):
                mode = Mode("chart", render(values))
                problems = list(links.selector_problems(mode)) + list(links.probe_problems(mode)) + list(unlabelled(mode.objects))
                for each in pods_of(mode):
                    problems += pods.pod_problems(each, mode)
                expected = {"only looks"} if values.get("heal") in (False, "refresh") else set()
                expected |= {"has another policy than the default"} if "policy" in values else set()
                expected |= {"may run as root"} if "OpenShift" in name else set()
                expected |= {"wants requests of cpu and memory, and a limit of memory"} if "resources" in values else set()
                self.assertLessEqual(set(problems), expected)
                self.assertEqual(len(named(mode.objects)), len(mode.objects))
                if values.get("heal", True):
                    self.assertEqual(list(role_problems(mode)), [])
                if name != "watch, one replica" and values.get("heal", True):
                    self.assertEqual(list(binding_problems(mode)), [])

    def test_two_releases_share_nothing(self):
        for values in ({}, CRONJOB, MONITORING):
            one, other = (named(render(values, name=name)).keys() for name in ("rollout-heal-a", "rollout-heal-b"))
            self.assertEqual(one & other, set())

    def test_long_name(self):
        name = "rollout-heal-" + "x" * 40
        for each in render(CRONJOB, name=name) + render({}, name=name):
            self.assertLessEqual(len(each["metadata"]["name"]), {"CronJob": 52, "Service": 63}.get(each["kind"], 253))

    def test_observing_grants_no_write(self):
        for mode, more in (({}, {"watch"}), (CRONJOB, set())):
            objects = render(mode | {"heal": False})
            self.assertNotIn("Role", {each["kind"] for each in objects})
            rules = of_kind(objects, "ClusterRole")["rules"]
            granted = {(group, resource, verb) for rule in rules
                       for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}
            reads = {each for each in HEALS if each[2] not in WRITES} | {("argoproj.io", "rollouts", verb) for verb in more}
            self.assertEqual(granted, reads)

    def test_namespace(self):
        objects = render(NAMESPACED | {"namespace": "team"}, namespace="ops")
        for each in objects:
            is_there = each["kind"] in ("Role", "RoleBinding") and not each["metadata"]["name"].endswith("-lease")
            self.assertEqual(each["metadata"]["namespace"], "team" if is_there else "ops")
            self.assertEqual({subject["namespace"] for subject in each.get("subjects", [])} - {"ops"}, set())
        self.assertIn("--namespace=team", container(objects)["args"])

    def test_network_policy(self):
        names = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
        for values, ingress, egress in (
            (VARIANTS["watch, open NetworkPolicy"], [{"ports": [{"protocol": "TCP", "port": 8080}]}],
             [{"ports": [{"protocol": "TCP", "port": port} for port in (443, 6443)]}, names]),
            (POLICY, [{"ports": [{"protocol": "TCP", "port": 8080}], "from": POLICY["networkPolicy"]["metricsFrom"]}],
             [{"ports": [{"protocol": "TCP", "port": 6443}], "to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]}, names,
              *POLICY["networkPolicy"]["extraEgress"]]),
            (CRONJOB | {"networkPolicy": {"enabled": True}}, None,
             [{"ports": [{"protocol": "TCP", "port": port} for port in (443, 6443)]}, names]),
        ):
            objects = render(values)
            spec = of_kind(objects, "NetworkPolicy")["spec"]
            self.assertEqual(spec["policyTypes"], ["Ingress", "Egress"])
            self.assertEqual((spec.get("ingress"), spec["egress"]), (ingress, egress))
            self.assertEqual(spec["podSelector"]["matchLabels"], pod(objects)["metadata"]["labels"])

    def test_monitoring(self):
        schema = json.loads((SCHEMAS / "monitoring.json").read_text())
        labelled = {"monitoring": {
            "serviceMonitor": {"enabled": True, "labels": {"release": "p"}},
            "prometheusRule": {"enabled": True, "labels": {"release": "p"}},
            "dashboard": {"enabled": True, "annotations": {"grafana_folder": "Argo"}}}}
        for values in (MONITORING, POD_MONITOR, labelled):
            objects = render(values)
            for each in objects:
                if each["apiVersion"].startswith("monitoring.coreos.com"):
                    jsonschema.Draft202012Validator({"$ref": f"#/$defs/{each['kind']}", **schema}).validate(each)
        for kind in ("ServiceMonitor", "PrometheusRule"):
            self.assertEqual(of_kind(objects, kind)["metadata"]["labels"]["release"], "p")
        self.assertEqual(of_kind(objects, "ConfigMap")["metadata"]["annotations"], {"grafana_folder": "Argo"})
        objects = render(POD_MONITOR)
        monitor = of_kind(objects, "PodMonitor")
        self.assertEqual(monitor["spec"]["selector"]["matchLabels"], pod(objects)["metadata"]["labels"])
        self.assertEqual(monitor["spec"]["podMetricsEndpoints"], [{"port": "metrics", "interval": "15s"}])
        self.assertIn("metrics", [port["name"] for port in container(objects)["ports"]])

    def test_dependency(self):
        """A chart that has this one as a dependency hands it `global`, and values under its name."""
        with tempfile.TemporaryDirectory() as temporary:
            parent = Path(temporary) / "parent"
            (parent / "charts").mkdir(parents=True)
            (parent / "Chart.yaml").write_text("{apiVersion: v2, name: parent, version: 1.0.0}")
            (parent / "charts" / NAME).symlink_to(CHART)
            objects = render({"global": {"a": "b"}, NAME: CRONJOB}, parent)
        self.assertEqual(of_kind(objects, "CronJob")["metadata"]["name"], NAME)


class Application(unittest.TestCase):
    """The example for Argo CD is valid, and what it installs is what deploy/watch does, with another image."""

    def test_application(self):
        application = yaml.safe_load((DEPLOY / "argocd" / "application.yaml").read_text())
        jsonschema.Draft202012Validator(json.loads((SCHEMAS / "argocd.json").read_text())).validate(application)
        spec = application["spec"]
        self.assertEqual(spec["source"]["path"], str(CHART.relative_to(DEPLOY.parent)))
        self.assertEqual(spec["source"]["targetRevision"], pods.version())
        place = {"name": application["metadata"]["name"], "namespace": spec["destination"]["namespace"]}
        objects = render(spec["source"]["helm"]["valuesObject"], **place)
        self.assertEqual(container(objects)["image"], f"YOUR.REGISTRY/kubectl-rollout-heal:{pods.version()}")
        container(objects)["image"] = f"kubectl-rollout-heal:{pods.version()}"
        self.assertEqual([without_labels(each) for each in objects], [without_labels(each) for each in render({})])
        labels = yaml.safe_load((DEPLOY / "watch" / "namespace.yaml").read_text())["metadata"]["labels"]
        self.assertLessEqual(spec["syncPolicy"]["managedNamespaceMetadata"]["labels"].items(), labels.items())

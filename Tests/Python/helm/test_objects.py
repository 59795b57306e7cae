"""The chart renders what `kubectl apply -k` of deploy/ does: field by field, but for what Helm adds."""

import shutil
import tempfile
import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import links
import manifests
from chart import CHART, CRONJOB, DEPLOY, KUBECTL, NAME, NAMESPACED, SHOP, Refused, render
from manifests import Mode, Object, title
from pods import version

MONITORING = {"monitoring": {each: {"enabled": True} for each in ("serviceMonitor", "prometheusRule", "dashboard")}}
# Each folder, with the values and the namespace of the same.
FOLDERS: dict[str, tuple[Object, dict[str, str]]] = {
    "watch": ({}, {}),
    "watch-namespaced": (NAMESPACED, SHOP),
    "watch-monitoring": (MONITORING, {}),
    "watch-opt-in": ({"optIn": True}, {}),
    "cronjob": (CRONJOB, {}),
    "cronjob-opt-in": (CRONJOB | {"optIn": True}, {}),
    "cronjob-namespaced": (CRONJOB | NAMESPACED, SHOP),
}
INSTANCE = "app.kubernetes.io/instance"
VERSION = version()
# Labels that a chart's objects have besides.
OF_HELM = {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": f"rollout-heal-{VERSION[1:]}", INSTANCE: NAME}
# A release cannot contain the namespace that it is stored in.
ABSENT = {"Namespace"}


def differences(folder: str, chart: Path = CHART) -> list[str]:
    values, place = FOLDERS[folder]
    try:
        rendered = render(values, chart, **place)
    except Refused as error:
        return [f"{folder}: {error}"]
    found = manifests.load(DEPLOY, KUBECTL, folder)
    wanted = [each for each in found.modes[0].objects if each["kind"] not in ABSENT]
    result = found.problems + list(unlabelled(rendered)) + list(links.selector_problems(Mode(folder, rendered)))
    left, right = named(wanted), named([without_labels(each) for each in rendered])
    if len(right) != len(rendered):
        result.append("two objects have the same name")
    result += (f"{title(left[key])} is missing" for key in left.keys() - right.keys())
    result += (f"{title(right[key])} is not in deploy/{folder}" for key in right.keys() - left.keys())
    for key in left.keys() & right.keys():
        result += (f"{title(left[key])}{problem}" for problem in unequal(left[key], right[key], ""))
    return [f"{folder}: {problem}" for problem in result]


def named(objects: list[Object]) -> dict[tuple, Object]:
    return {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each for each in objects}


def unlabelled(objects: list[Object]) -> Iterator[str]:
    for each in objects:
        if not OF_HELM.items() <= each["metadata"]["labels"].items():
            yield f"{title(each)} has not all labels of Helm"


def without_labels(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_labels(each) for key, each in value.items() if key not in OF_HELM}
    return [without_labels(each) for each in value] if isinstance(value, list) else value


def unequal(wanted: Any, rendered: Any, path: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(rendered, dict):
        for key in wanted.keys() | rendered.keys():
            if key not in rendered or key not in wanted:
                yield f"{path}/{key} is {'missing' if key in wanted else 'new'}"
            else:
                yield from unequal(wanted[key], rendered[key], f"{path}/{key}")
    elif isinstance(wanted, list) and isinstance(rendered, list) and len(wanted) == len(rendered):
        for place, (one, other) in enumerate(zip(wanted, rendered)):
            yield from unequal(one, other, f"{path}/{place}")
    elif wanted != rendered or type(wanted) is not type(rendered):
        yield f"{path} is {rendered!r}, not {wanted!r}"


@dataclass
class Mistake:
    """`old` in `file` replaced by `new`, in a copy of the chart; what is then said of `folder` has `says` in it."""

    file: str
    old: str
    new: str
    says: str
    folder: str = "watch"


HELPERS, WATCH, RBAC, CRON = "templates/_helpers.tpl", "templates/watch.yaml", "templates/rbac.yaml", "templates/cronjob.yaml"
MISTAKES = [
    Mistake(HELPERS, "terminationGracePeriodSeconds: 10", "terminationGracePeriodSeconds: 30", "is 30, not 10"),
    Mistake(HELPERS, "periodSeconds: 5", 'periodSeconds: "5"', "is '5', not 5"),
    Mistake(HELPERS, ', patch{{ end }}]', '{{ end }}]', "/rules/0/verbs is"),
    Mistake(HELPERS, "resources: [pods]", "resources: [pods, secrets]", "/rules/4/resources is"),
    Mistake(HELPERS, "[create, patch]", "[create]", "/rules/5/verbs is", "cronjob-namespaced"),
    Mistake(HELPERS, "[list{{ if eq", "[get, list{{ if eq", "/rules/6/verbs is", "cronjob-opt-in"),
    Mistake(HELPERS, '"--opt-in"', '"--opt-in=true"', "is '--opt-in=true'", "watch-opt-in"),
    Mistake(HELPERS, '"--heal" (eq', '"--heal=all" (eq', "is '--heal=all'"),
    Mistake(HELPERS, "automountServiceAccountToken: true", "automountServiceAccountToken: false", "is False, not True", "cronjob"),
    Mistake(HELPERS, "restartPolicy: Never", "restartPolicy: OnFailure", "is 'OnFailure'", "cronjob"),
    Mistake(HELPERS, 'app.kubernetes.io/managed-by: {{ .Release.Service }}', "", "has not all labels"),
    Mistake(RBAC, "resourceNames: [{{", "resourceName: [{{", "resourceNames is missing"),
    Mistake(RBAC, '{{- if not .Values.allNamespaces }}', "{{- if false }}", "is missing", "watch-namespaced"),
    Mistake(RBAC, '"ClusterRole" "Role"', '"ClusterRole" "ClusterRole"', "is not in deploy/", "watch-namespaced"),
    Mistake(WATCH, "maxUnavailable: 0", "maxUnavailable: 1", "is 1, not 0"),
    Mistake(WATCH, "clusterIP: None", "type: ClusterIP", "/clusterIP is missing"),
    Mistake(WATCH, "selector: {{- include \"rollout-heal.selectorLabels\" . | nindent 4 }}",
            "selector: {app.kubernetes.io/name: rollout-heal, app.kubernetes.io/component: watch, app.kubernetes.io/instance: other}",
            "selects"),
    Mistake(CRON, "[2, 3, 4, 5]", "[2, 3, 4]", "/values is", "cronjob"),
    Mistake(CRON, "concurrencyPolicy: Forbid", "concurrencyPolicy: Allow", "is 'Allow'", "cronjob-namespaced"),
    Mistake("values.yaml", "replicas: 2", "replicas: 1", "is 1, not 2"),
    Mistake("values.yaml", "runAsUser: 65532", "runAsUser: 0", "is 0, not 65532"),
    Mistake("values.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "is False, not True", "cronjob"),
    Mistake("values.yaml", "heal: true", "heal: false", "/args is"),
    Mistake("values.yaml", "activeDeadlineSeconds: 600", "activeDeadlineSeconds: 300", "is 300, not 600", "cronjob"),
    Mistake("values.yaml", 'grafana_dashboard: "1"', 'grafana_dashboards: "1"', "grafana_dashboard is missing", "watch-monitoring"),
    Mistake("values.yaml", "    interval: 30s", "    interval: 60s", "is '60s', not '30s'", "watch-monitoring"),
    Mistake("files/prometheusrule.yaml", "for: 2m", "for: 3m", "is '3m', not '2m'", "watch-monitoring"),
    Mistake("files/rollout-heal.json", "Stuck now", "Stuck", "/data/rollout-heal.json is", "watch-monitoring"),
    Mistake("Chart.yaml", "appVersion: v", "appVersion: v1", "is 'kubectl-rollout-heal:v1"),
    Mistake("values.schema.json", '"watch", ', "", "value must be"),
]


class Objects(unittest.TestCase):
    maxDiff = None

    def test_same_as_kustomize(self):
        for folder in FOLDERS:
            with self.subTest(folder):
                self.assertEqual(differences(folder), [])

    def test_mistakes_are_found(self):
        for mistake in MISTAKES:
            with self.subTest(mistake), tempfile.TemporaryDirectory() as temporary:
                chart = Path(temporary) / "chart"
                shutil.copytree(CHART, chart)
                text = (chart / mistake.file).read_text()
                self.assertIn(mistake.old, text)
                (chart / mistake.file).write_text(text.replace(mistake.old, mistake.new))
                said = differences(mistake.folder, chart)
                self.assertTrue(any(mistake.says in problem for problem in said), said)

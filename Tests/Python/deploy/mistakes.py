"""Mistakes that must be found: the check is tried on copies of the manifests with one each."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import manifests
import rights
from manifests import Deployables

Check = Callable[[Deployables], list[str]]


@dataclass
class Mistake:
    """`old` in `file` replaced by `new`, in a copy; what is then said has `says` in it."""

    file: str
    old: str
    new: str
    says: str
    # The mode that shows it, if it is not the file's own folder.
    mode: str = ""


SOURCE = "sensor-resource/eventsource.yaml"
SENSOR, HOOK, WATCH, CRON = "sensor-resource/sensor.yaml", "sensor-webhook/sensor.yaml", "watch", "cronjob/cronjob.yaml"
MONITORING, DASHBOARD = "components/monitoring/prometheusrule.yaml", "components/monitoring/rollout-heal.json"
POLICY, NAMESPACES = "admission-policy/policy.yaml", "components/namespaces/kustomization.yaml"

MISTAKES = [
    # A misspelt field in each family of kinds.
    Mistake(f"{WATCH}/deployment.yaml", "terminationGracePeriodSeconds", "terminationGraceSeconds", "terminationGraceSeconds"),
    Mistake(f"{WATCH}/deployment.yaml", "drop: [ALL]", "dropp: [ALL]", "dropp"),
    Mistake(f"{WATCH}/availability.yaml", "maxUnavailable", "maxUnavailible", "maxUnavailible"),
    Mistake(f"{WATCH}/rbac.yaml", "resourceNames", "resourceName", "resourceName"),
    Mistake(CRON, "startingDeadlineSeconds", "startDeadlineSeconds", "startDeadlineSeconds"),
    Mistake(CRON, "onExitCodes", "onExitCode", "onExitCode"),
    Mistake(SENSOR, "ttlSecondsAfterFinished", "ttlSecondsAfterFinish", "ttlSecondsAfterFinish"),
    Mistake("sensor-webhook/networkpolicy.yaml", "podSelector:\n    match", "podSelectors:\n    match", "podSelectors"),
    Mistake(POLICY, "matchConditions", "matchCondition", "matchCondition"),
    Mistake("components/monitoring/servicemonitor.yaml", "interval", "intervall", "intervall", "watch-monitoring"),
    Mistake(MONITORING, "for: 2m", "four: 2m", "four", "watch-monitoring"),
    Mistake("argocd/application.yaml", "valuesObject", "valueObject", "valueObject"),
    # Metrics, labels, values and syntax in alerts and dashboard.
    Mistake(MONITORING, "max(rollout_heal_storm)", "max(rollout_heal_strom)", "rollout_heal_strom", "watch-monitoring"),
    Mistake(MONITORING, "sum by (reason)", "sum by (raeson)", "raeson", "watch-monitoring"),
    Mistake(MONITORING, 'result="failed"', 'result="failde"', "failde", "watch-monitoring"),
    Mistake(MONITORING, "[30m])) > 3", "[30m]) > 3", "alert RolloutHealRestartsFail", "watch-monitoring"),
    Mistake(MONITORING, "max(rollout_heal_given_up) > 0", "rate(rollout_heal_given_up[5m]) > 0", "gauge", "watch-monitoring"),
    Mistake(DASHBOARD, "max(rollout_heal_watched)", "max(rollout_heal_wached)", "rollout_heal_wached", "watch-monitoring"),
    Mistake(MONITORING, " and max(rollout_heal_heals) > 0)", ")", "whether anybody is to heal", "watch-monitoring"),
    # Settings that a restricted namespace requires, and that we require.
    Mistake(f"{WATCH}/deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "root"),
    Mistake(HOOK, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "file system"),
    Mistake(SENSOR, "kubectl-rollout-heal:v0.2.0", "registry.invalid/kubectl-rollout-heal:v0.2.0", "registry.invalid"),
    Mistake(CRON, "kubectl-rollout-heal:v0.2.0", "kubectl-rollout-heal:latest", "latest"),
    Mistake(CRON, "values: [2, 3, 4, 5]", "values: [2, 3]", "exit statuses"),
    Mistake(CRON, "serviceAccountName: rollout-heal-cronjob", "serviceAccountName: rollout-heal", "does not bring"),
    # The pods' commands.
    Mistake(CRON, "args: [heal, ", "args: [restart, ", "does not heal step by step"),
    Mistake(SENSOR, "args: [heal, ", "args: [heal, --policy=rule, ", "another policy"),
    Mistake(f"{WATCH}/deployment.yaml", "watch, --heal,", "watch,", "only looks"),
    Mistake("observe/deployment.yaml", "watch,", "watch, --heal,", "heals without a right to"),
    Mistake("observe/rbac.yaml", "[list, watch]", "[list, watch, patch]", "grants patch on rollouts"),
    Mistake(CRON, "concurrencyPolicy: Forbid", "concurrencyPolicy: Allow", "twice at a time"),
    Mistake(CRON, "activeDeadlineSeconds: 600", "activeDeadlineSeconds: 240", "has not 600 s"),
    Mistake(HOOK, "activeDeadlineSeconds: 600", "activeDeadlineSeconds: 300", "has not 600 s"),
    # Permissions: none in excess, none missing.
    Mistake("cronjob/rbac.yaml", "[replicasets/status]", "[replicasets/status, replicasets]", "grants patch on replicasets in"),
    Mistake(f"{WATCH}/rbac.yaml", "[replicasets/status]", "[replicasets/stats]", "lacks patch on replicasets/status"),
    Mistake("sensor-resource/rbac.yaml", "[pods]", "[pods, pods/eviction]", "grants list on pods/eviction"),
    Mistake("cronjob-namespaced/role.yaml", "[pods]", "[pod]", "lacks list on pods"),
    Mistake("sensor-webhook-namespaced/role.yaml", "[poddisruptionbudgets]", "[poddisruptionbudget]", "lacks list on poddisruptionbudgets"),
    Mistake("watch-namespaced/role.yaml", "[create, patch]", "[create]", "lacks patch on events"),
    Mistake("cronjob/rbac.yaml", "name: rollout-heal-cronjob, namespace", "name: rollout-heal-watch, namespace", "is bound to []"),
    Mistake("cronjob/rbac.yaml", "verbs: [get, list, patch]", 'verbs: ["*"]', "grants *"),
    Mistake("sensor-webhook/rbac.yaml", "verbs: [create]", "verbs: [create, delete]", "grants delete"),
    Mistake("sensor-webhook/rbac.yaml", "resources: [replicasets]", "resources: [replicasets, secrets]", "secrets"),
    Mistake("cronjob/rbac.yaml", "name: rollout-heal-cronjob}\nsubjects", "name: rollout-heal-cron}\nsubjects", "refers to"),
    Mistake(f"{WATCH}/rbac.yaml", "resourceNames: [rollout-heal]", "resourceNames: [rollouts-heal]", "rollouts-heal"),
    Mistake("sensor-webhook/rbac.yaml", "automountServiceAccountToken: false\n---", "---", "automountServiceAccountToken is True"),
    Mistake("sensor-webhook/eventsource.yaml", "    serviceAccountName: rollout-heal-webhook\n", "", "no account of its own"),
    Mistake("sensor-webhook/eventsource.yaml", "{cpu: 10m, memory", "{memory", "wants requests"),
    Mistake("cronjob/rbac.yaml", "component: cronjob", "component: job", "is of component job"),
    Mistake(NAMESPACES, "verbs: [list, watch]", "verbs: [list]", "lacks watch on namespaces", "watch-opt-in"),
    Mistake(NAMESPACES, "verbs: [list]", "verbs: [get, list]", "grants get on namespaces", "cronjob-opt-in"),
    Mistake("watch-opt-in/kustomization.yaml", "components:\n  - ../components/namespaces\n", "", "lacks list on namespaces"),
    Mistake("cronjob-opt-in/kustomization.yaml", "value: --opt-in", "value: --no-events", "grants list on namespaces"),
    # The data of events, from the first to the last step.
    Mistake(SENSOR, "dataKey: body.metadata.uid", "dataKey: body.metadata.uuid", "nothing in an event is at body.metadata.uuid"),
    Mistake(SENSOR, "dataKey: body.metadata.namespace", "dataKey: body.metadata.name", "the arguments of the Job become"),
    Mistake(SENSOR, "operation: append", "operation: overwrite", "the Job would be called"),
    Mistake(SENSOR, "path: body.status.phase", "path: body.status.phrase", "stops an event as it hangs"),
    Mistake(SENSOR, "value: [ProgressDeadlineExceeded]", "value: [ProgressDeadline, InvalidSpec]", "lets through an event with another"),
    Mistake(SOURCE, "key: status.message", "key: status.massage", "the EventSource stops a Rollout as it hangs"),
    Mistake(SOURCE, "value: ^Degraded$", "value: .*", "the EventSource sends a Rollout that is on its way"),
    Mistake(HOOK, "path: body.health", "path: body.healthy", "stops an event as Argo CD sends it"),
    Mistake(HOOK, "[a-z0-9])?$\"]", "[a-z0-9])?$\", \"^-\"]", "lets through an event with a flag"),
    Mistake("sensor-webhook-namespaced/kustomization.yaml", "[^shop$]", "[^shops$]", "stops an event as Argo CD sends it"),
    Mistake("argocd/notifications-cm.yaml", "        method: POST", "        methods: POST", "a field methods"),
    Mistake("argocd/notifications-cm.yaml", "    - when:", "    - if: x\n      when:", "a field if"),
    Mistake("argocd/notifications-cm.yaml", "    headers:", "    header:", "a field header"),
    Mistake("argocd/notifications-cm.yaml", "{{toJson .app.metadata.name}}", '"{{.app.metadata.name}}"', "sample is"),
    Mistake("argocd/notifications-cm.yaml", ".app.spec.project", ".app.spec.projekt", "nothing at .app.spec.projekt"),
    Mistake(HOOK, "dataKey: body.project, value: \"\"", "dataKey: body.project", "without a project blocks all others"),
    Mistake("argocd/notifications-cm.yaml", "default.svc/'", "default.svc//'", "is not told"),
    Mistake("argocd/notifications-cm.yaml", "destination.name == 'in-cluster'", "destination.name != ''", "is told"),
    Mistake("argocd/notifications-cm.yaml", "destination.server ==", "destinations.server ==", "cannot be evaluated"),
    # Names that refer to each other.
    Mistake(HOOK, "eventName: degraded", "eventName: degradde", "which nobody sends"),
    Mistake(SENSOR, "args.4", "args.5", "args.5"),
    Mistake("sensor-webhook/networkpolicy.yaml", "eventsource-name: rollout-heal", "eventsource: rollout-heal", "selects no pod"),
    Mistake("sensor-webhook/networkpolicy.yaml", "port: 12000", "port: 12001", "opens"),
    Mistake(f"{WATCH}/deployment.yaml", "/livez", "/lifez", "/lifez"),
    Mistake(f"{WATCH}/deployment.yaml", ":8080\"", ":8081\"", "does not listen"),
    Mistake(f"{WATCH}/availability.yaml", "port: 8080, targetPort: metrics", "port: 8080, targetPort: metric", "leads to"),
    # The admission policies allow no other changes.
    Mistake(POLICY, "'resourceVersion', 'generation'", "'resourceVersion', 'annotations', 'generation'", "an annotation more is let through"),
    Mistake(POLICY, "before.spec.all(k, k == 'restartAt'", "before.spec.all(k, k != 'replicas'", "a field less in spec"),
    Mistake(POLICY, "'rollout-heal/pod-hash'", "'rollout-heal/pod-hashes'", "a restart is refused"),
    Mistake(POLICY, ", 'rollout-heal/refreshed']", "]", "a refresh by label is refused"),
    Mistake(POLICY, "[replicasets/status]", "[replicasets]", "nobody is asked about replicasets/status"),
    Mistake(POLICY, "policyName: rollout-heal-refresh", "policyName: rollout-heal", "nobody is asked about replicasets/status"),
    Mistake(POLICY, "failurePolicy: Fail", "failurePolicy: Ignore", "nobody is asked about rollouts"),
    Mistake(POLICY, "['annotations', 'resource", "['annotations', 'labels', 'resource", "a label more is let through"),
    Mistake(POLICY, "['annotations', 'resource", "['annotations', 'finalizers', 'resource", "a finalizer is let through"),
    Mistake(POLICY, "['annotations', 'resource", "['annotations', 'ownerReferences', 'resource", "an owner more is let through"),
    Mistake(POLICY, "k == 'rollout-heal/refreshed'", "k.startsWith('rollout-heal/')", "an annotation that begins as ours is let through"),
    Mistake(POLICY, "k == 'metadata'\n", "k in ['metadata', 'status']\n", "status.replicas is let through"),
    Mistake(POLICY, "k == 'metadata'\n", "k in ['metadata', 'spec']\n", "spec.replicas is let through"),
    Mistake(POLICY, "(job|cronjob|watch)$", "(job|cronjob)$", "it is not for"),
]
# References between folders: tried on all of them at once.
BETWEEN = [
    Mistake("argocd/subscription.yaml", "on-rollout-degraded", "on-degraded", "names none of the triggers"),
    Mistake("argocd/notifications-cm.yaml", "rollout-heal-eventsource-svc", "rollout-heal-svc", "is not the EventSource's"),
    Mistake("argocd/notifications-cm.yaml", "send: [rollout-heal]", "send: [rollouts-heal]", "rollouts-heal"),
    Mistake(HOOK, "dataKey: body.app,", "dataKey: body.application,", "body.application"),
    Mistake("sensor-webhook/rbac.yaml", "[get, list, patch]", "[list, patch]", "not the same in"),
    Mistake("README.md", "`rollout-heal-eventsource`, ", "", "other accounts of sensor-resource"),
]
# Only with the schema of Argo Events.
ARGO_EVENTS = [
    Mistake(SENSOR, "requestsPerUnit", "requestPerUnit", "requestPerUnit"),
    Mistake(HOOK, "eventSourceName", "eventSource", "eventSource"),
    Mistake("sensor-webhook/eventsource.yaml", "authSecret", "authSecrets", "authSecrets"),
    Mistake("sensor-resource/eventsource.yaml", "eventTypes", "types", "types"),
]
OWN_IMAGE = """\
kind: Kustomization
resources: [../{mode}]
images:
  - {{name: kubectl-rollout-heal, newName: example.invalid/tools/rollout-heal, newTag: "7"}}
"""

SELECTING = """\
kind: Kustomization
resources: [../observe]
components: [../components/namespaces]
patches:
  - target: {kind: Deployment, name: rollout-heal-observe}
    patch: |-
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: --namespace-selector=team=a}
"""


def problems(folder: Path, kubectl: Path, check: Check, knows_argo_events: bool) -> list[str]:
    """What the check does not notice."""
    result = []
    mistakes = MISTAKES + (ARGO_EVENTS if knows_argo_events else [])
    tried = 0
    with tempfile.TemporaryDirectory(prefix="manifests-") as temporary:
        for mistake in mistakes + BETWEEN:
            mode = mistake.mode or mistake.file.partition("/")[0]
            tried += 1
            is_wide = mistake in BETWEEN
            result += unnoticed(mistake, None if is_wide else mode, folder, Path(temporary), kubectl, check)
        result += image_problems(folder, Path(temporary), kubectl)
        result += component_problems(folder, Path(temporary), kubectl)
    print(f"    made {tried} mistakes on purpose")
    return result


def unnoticed(
    mistake: Mistake, mode: str | None, folder: Path, temporary: Path, kubectl: Path, check: Check
) -> list[str]:
    copied = temporary / "deploy"
    shutil.copytree(folder, copied)
    try:
        file = copied / mistake.file
        text = file.read_text()
        if mistake.old not in text:
            return [f"{mistake.file} no longer has {mistake.old!r}, which a mistake is made of"]
        file.write_text(text.replace(mistake.old, mistake.new, 1))
        said = check(manifests.load(copied, kubectl, mode))
        if not any(mistake.says in problem for problem in said):
            return [f"unnoticed: {mistake.new!r} in {mistake.file}; said instead: {said or 'nothing'}"]
        return []
    finally:
        shutil.rmtree(copied)


def image_problems(folder: Path, temporary: Path, kubectl: Path) -> list[str]:
    """`images:` of a kustomization reaches every pod of ours, those inside of Sensors too."""
    copied = temporary / "deploy"
    shutil.copytree(folder, copied)
    (copied / "own-image").mkdir()
    result = []
    for mode in ("cronjob", "watch", "observe", "sensor-webhook", "sensor-resource"):
        (copied / "own-image" / "kustomization.yaml").write_text(OWN_IMAGE.format(mode=mode))
        text = str([each.objects for each in manifests.load(copied, kubectl, "own-image").modes])
        if "kubectl-rollout-heal:" in text or "example.invalid/tools/rollout-heal:7" not in text:
            result.append(f"{mode}: an image of one's own does not reach it")
    shutil.rmtree(copied)
    return result


def component_problems(folder: Path, temporary: Path, kubectl: Path) -> list[str]:
    """The component of the rights on namespaces is also for a folder that no folder here adds it to."""
    copied = temporary / "deploy"
    shutil.copytree(folder, copied)
    (copied / "selecting").mkdir()
    (copied / "selecting" / "kustomization.yaml").write_text(SELECTING)
    found = manifests.load(copied, kubectl, "selecting")
    shutil.rmtree(copied)
    return found.problems + [problem for mode in found.modes for problem in rights.role_problems(mode)]

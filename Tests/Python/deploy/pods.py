"""What a pod must be to run in a restricted namespace, and what ours must be besides."""

import re
from collections.abc import Iterator
from pathlib import Path

from manifests import Deployables, Mode, Object, Pod, jobs, pods, title

SOURCES = Path(__file__).parents[3] / "Sources"
# The name without a registry, which the user sets.
IMAGE = re.compile(r"kubectl-rollout-heal:(?P<tag>v[0-9]+\.[0-9]+\.[0-9]+)")
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
# Usage error, no permission, no help in time, refused by a gate: an immediate retry would fail too.
NEVER_RETRIED = [2, 3, 4, 5]
# A restart is followed for at most 5 minutes without progress, after a refresh and its evidence reads.
DEADLINE = 600
# The commands that our pods may run: those that write, and follow what they have written.
COMMANDS = ("heal", "watch")
OBSERVER = "rollout-heal-observe"
DROP_IN = ["/usr/local/bin/restart-rollouts"]


def problems(found: Deployables) -> list[str]:
    result = []
    for mode in found.modes:
        for pod in pods(mode):
            result += [f"{pod.where}: {problem}" for problem in pod_problems(pod, mode)]
        for each in mode.of_kind("CronJob"):
            if each["spec"].get("concurrencyPolicy") != "Forbid":
                result.append(f"{mode.name}: {title(each)}: may run twice at a time")
        for where, job in jobs(mode):
            result += [f"{where}: {problem}" for problem in job_problems(job)]
    return result


def pod_problems(pod: Pod, mode: Mode) -> Iterator[str]:
    security = pod.spec.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "has no seccomp profile"
    if any(pod.spec.get(field) for field in HOST_FIELDS) or any("hostPath" in each for each in pod.spec.get("volumes", [])):
        yield "uses the host's"
    for container in pod.spec["containers"]:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            yield "may gain privileges"
        if own.get("capabilities") != {"drop": ["ALL"]}:
            yield "has capabilities"
        if own.get("privileged") or own.get("runAsUser") == 0:
            yield "is privileged"
        if pod.is_foreign and set(container.get("resources", {}).get("requests", {})) != {"cpu", "memory"}:
            yield "wants requests of cpu and memory"
        if not pod.is_foreign:
            yield from own_container_problems(container, pod.spec.get("serviceAccountName", ""))
    account = pod.spec.get("serviceAccountName")
    if account and not mode.find("ServiceAccount", account, pod.namespace):
        yield f"runs as {account}, which {mode.name} does not bring"
    if not account:
        yield "has no account of its own"
    if not pod.is_foreign and pod.spec.get("automountServiceAccountToken") is not True:
        yield "does not say that it needs its account's token"


def own_container_problems(container: Object, account: str) -> Iterator[str]:
    if container["securityContext"].get("readOnlyRootFilesystem") is not True:
        yield "may write to its file system"
    image = IMAGE.fullmatch(container["image"])
    if not image or image["tag"] != version():
        yield f"image {container['image']} is not kubectl-rollout-heal:{version()}"
    resources = container.get("resources", {})
    if set(resources.get("requests", {})) != {"cpu", "memory"} or set(resources.get("limits", {})) != {"memory"}:
        yield "wants requests of cpu and memory, and a limit of memory"
    if any("$(" in argument for argument in container.get("args", [])):
        yield "has arguments that Kubernetes would expand"
    yield from command_problems(container.get("command"), container.get("args", []), account == OBSERVER)


def command_problems(command: list[str] | None, arguments: list[str], only_looks: bool) -> Iterator[str]:
    """The whole ladder, by the policy that is the default: a refresh first, and a restart only where that was in vain. Or, for
    the account that may write nothing, only looking."""
    if command != DROP_IN and (command is not None or arguments[0] not in COMMANDS):
        yield f"calls {command or arguments[:1]}, which does not heal step by step"
    if command is None and arguments[:1] == ["watch"] and ("--heal" in arguments) == only_looks:
        yield "heals without a right to" if only_looks else "only looks"
    if any(argument.startswith("--policy") for argument in arguments):
        yield "has another policy than the default"


def job_problems(job: Object) -> Iterator[str]:
    for field in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "podFailurePolicy"):
        if field not in job:
            yield f"has no {field}"
    if job.get("activeDeadlineSeconds") != DEADLINE:
        yield f"has not {DEADLINE} s to follow what it begins"
    pod = job["template"]["spec"]
    if pod.get("restartPolicy") != "Never":
        yield "restarts in its pod, where podFailurePolicy does not count"
    rules = job.get("podFailurePolicy", {}).get("rules", [])
    if not any(
        rule["action"] == "Ignore" and rule.get("onPodConditions") == [{"type": "DisruptionTarget", "status": "True"}]
        for rule in rules
    ):
        yield "counts disruptions as failures"
    names = [container["name"] for container in pod["containers"]]
    ended = [rule["onExitCodes"] for rule in rules if rule["action"] == "FailJob"]
    if [each["values"] for each in ended] != [NEVER_RETRIED] or any(each["containerName"] not in names for each in ended):
        yield f"does not end at once on exit statuses {NEVER_RETRIED} of its container"


def version() -> str:
    return re.search(r'version = "(v[^"]+)"', (SOURCES / "Commands" / "Program" / "BuildInfo.swift").read_text())[1]

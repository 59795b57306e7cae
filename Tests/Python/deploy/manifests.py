"""The objects that the folders under deploy/ stand for, and what is inside of them."""

import functools
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import overlays
import yaml

Object = dict[str, Any]

# The minor version from which kubectl accepts a folder under `resources`, and components.
FOLDERS_SINCE = 21


@dataclass
class Mode:
    """A folder that `kubectl apply -k` takes, or a file that `kubectl patch` does."""

    name: str
    objects: list[Object]

    def of_kind(self, *kinds: str) -> list[Object]:
        return [each for each in self.objects if each["kind"] in kinds]

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        for each in self.of_kind(kind):
            if each["metadata"]["name"] == name and each["metadata"].get("namespace") == namespace:
                return each
        return None


@dataclass
class Deployables:
    folder: Path
    modes: list[Mode] = field(default_factory=list)
    # Folders that this kubectl is too old for, rendered by overlays.py instead.
    rendered_here: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def mode(self, name: str) -> Mode | None:
        return next((mode for mode in self.modes if mode.name == name), None)


@dataclass
class Pod:
    """A pod's template, with the fields that a restricted namespace asks about."""

    where: str
    namespace: str | None
    labels: dict[str, str]
    spec: Object
    # Pods of Argo Events' own program, whose image and settings are not ours.
    is_foreign: bool = False


def load(folder: Path, kubectl: Path, only: str | None = None) -> Deployables:
    """Renders every kustomization under `folder` that is no component, and reads what stands alone."""
    found = Deployables(folder)
    for file in sorted(folder.rglob("kustomization.yaml")):
        name = str(file.parent.relative_to(folder))
        kustomization = yaml.safe_load(file.read_text())
        if kustomization["kind"] == "Component" or only not in (None, name):
            continue
        render(file.parent, name, kubectl, found, needs_folders(file.parent, kustomization))
    for file in sorted((folder / "argocd").glob("*.yaml")):
        if only in (None, "argocd"):
            found.modes.append(Mode(f"argocd/{file.name}", [{"kind": "", **yaml.safe_load(file.read_text())}]))
    return found


def needs_folders(folder: Path, kustomization: Object) -> bool:
    return "components" in kustomization or any((folder / name).is_dir() for name in kustomization["resources"])


def render(folder: Path, name: str, kubectl: Path, found: Deployables, needs_folders: bool):
    try:
        here = overlays.rendered(folder)
    except (ValueError, KeyError, IndexError, TypeError, OSError, yaml.YAMLError) as error:
        found.problems.append(f"{name}: cannot be rendered: {error!r}")
        return
    if needs_folders and minor_version(kubectl) < FOLDERS_SINCE:
        found.rendered_here.append(name)
        found.modes.append(Mode(name, here))
        return
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, timeout=60)
    if done.returncode != 0 or done.stderr:
        found.problems.append(f"{name}: kubectl kustomize says: {done.stderr.strip()}")
        return
    mode = Mode(name, [each for each in yaml.safe_load_all(done.stdout) if each])
    found.modes.append(mode)
    for what in overlays.differing(mode.objects, here):
        found.problems.append(f"{name}: overlays.py renders another {what} than kubectl")


@functools.cache
def minor_version(kubectl: Path) -> int:
    command = [kubectl, "version", "--client", "-o", "json"]
    said = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
    return int(json.loads(said)["clientVersion"]["minor"].rstrip("+"))


def title(each: Object) -> str:
    metadata = each.get("metadata", {})
    return f"{each.get('kind') or 'patch'} {metadata.get('name', '')}".strip()


def sensor_resources(sensor: Object) -> Iterator[tuple[Object, Object]]:
    """Each trigger of a Sensor with the object that it creates."""
    for trigger in sensor["spec"]["triggers"]:
        yield trigger, trigger["template"]["k8s"]["source"]["resource"]


def jobs(mode: Mode) -> Iterator[tuple[str, Object]]:
    """Specs of Jobs, wherever they are."""
    for each in mode.of_kind("CronJob"):
        yield f"{mode.name}: {title(each)}", each["spec"]["jobTemplate"]["spec"]
    for each in mode.of_kind("Sensor"):
        for _, resource in sensor_resources(each):
            yield f"{mode.name}: {title(each)}, its Job", resource["spec"]


def pods(mode: Mode) -> Iterator[Pod]:
    for each in mode.of_kind("Deployment"):
        yield pod(f"{mode.name}: {title(each)}", each, each["spec"]["template"])
    for each in mode.of_kind("CronJob"):
        yield pod(f"{mode.name}: {title(each)}", each, each["spec"]["jobTemplate"]["spec"]["template"])
    for each in mode.of_kind("Sensor", "EventSource"):
        own = dict(each["spec"].get("template", {}))
        own["containers"] = [own.pop("container", {})]
        kind = each["kind"].lower()
        labels = {f"{kind}-name": each["metadata"]["name"], "owner-name": each["metadata"]["name"]}
        yield Pod(f"{mode.name}: {title(each)}", each["metadata"].get("namespace"), labels, own, is_foreign=True)
    for each in mode.of_kind("Sensor"):
        for _, resource in sensor_resources(each):
            yield pod(f"{mode.name}: {title(each)}, its Job", each, resource["spec"]["template"])


def pod(where: str, owner: Object, template: Object) -> Pod:
    labels = template["metadata"].get("labels", {})
    return Pod(where, owner["metadata"].get("namespace"), labels, template["spec"])

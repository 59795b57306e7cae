"""Renders a kustomization as newer versions of kubectl do, as far as deploy/ asks for it: for kubectl before 1.21, which takes no
folder under `resources`. Where kubectl can, each folder is rendered both ways and compared."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

CLUSTER_SCOPED = {
    "Namespace", "ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
}
KNOWN = {"apiVersion", "kind", "resources", "components", "configMapGenerator", "patches", "namespace", "images"}


def rendered(folder: Path, base: list[Object] | None = None) -> list[Object]:
    """The objects of a folder; of a component, together with those that it is added to."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if kustomization.keys() - KNOWN:
        raise ValueError(f"{folder.name}: unknown fields {sorted(kustomization.keys() - KNOWN)}")
    objects = list(base or [])
    for name in kustomization.get("resources", []):
        path = folder / name
        found = rendered(path) if path.is_dir() else yaml.safe_load_all(path.read_text())
        objects += [each for each in found if each]
    for name in kustomization.get("components", []):
        objects = rendered(folder / name, objects)
    objects += [config_map(folder, each) for each in kustomization.get("configMapGenerator", [])]
    for patch in kustomization.get("patches", []):
        # A component is for several folders, and patches what it finds.
        is_optional = kustomization["kind"] == "Component"
        objects = list(patched(objects, patch["target"], yaml.safe_load(patch["patch"]), is_optional))
    if "namespace" in kustomization:
        move(objects, kustomization["namespace"])
    for image in kustomization.get("images", []):
        rename(objects, image)
    return objects


def config_map(folder: Path, generator: Object) -> Object:
    metadata = {"name": generator["name"], "namespace": generator["namespace"], "labels": generator["options"]["labels"]}
    data = {name: (folder / name).read_text() for name in generator["files"]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def patched(objects: list[Object], target: Object, patch: Any, is_optional: bool) -> Iterator[Object]:
    matching = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (target["kind"], target["name"])]
    if not matching and not is_optional:
        raise ValueError(f"there is no {target}")
    for each in objects:
        if each not in matching:
            yield each
        elif isinstance(patch, list):
            yield changed(each, patch)
        elif patch.get("$patch") != "delete":
            raise ValueError(f"no patch of this sort is known: {patch}")


def changed(each: Object, operations: list[Object]) -> Object:
    result = copy.deepcopy(each)
    for operation in operations:
        *parents, last = [int(part) if part.isdigit() else part for part in operation["path"].split("/")[1:]]
        place = result
        for part in parents:
            place = place[part]
        match operation["op"]:
            case "test" if place[last] != operation["value"]:
                raise ValueError(f"{operation['path']} is {place[last]!r}")
            case "add" if last == "-":
                place.append(operation["value"])
            case "replace":
                place[last] = operation["value"]
            case "remove":
                del place[last]
    return result


def move(objects: list[Object], namespace: str):
    for each in objects:
        if each["kind"] not in CLUSTER_SCOPED:
            each["metadata"]["namespace"] = namespace
        for subject in each.get("subjects", []):
            subject["namespace"] = namespace


def rename(value: Any, image: Object):
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        rename(each, image)
    if isinstance(value, dict) and str(value.get("image", "")).partition(":")[0] == image["name"]:
        value["image"] = f"{image['newName']}:{image['newTag']}"


def differing(one: list[Object], other: list[Object]) -> list[str]:
    """Which objects are not the same, in whatever order they come."""

    def named(objects: list[Object]) -> dict[tuple, Object]:
        return {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each for each in objects}

    left, right = named(one), named(other)
    return [f"{key[0]} {key[2]}" for key in left.keys() | right.keys() if left.get(key) != right.get(key)]

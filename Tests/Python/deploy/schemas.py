"""Manifests against the schemas of their kinds: an unknown field is an error, at any depth."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
from kubernetes_validate import utils

from manifests import Deployables, Mode, Object, sensor_resources, title

# The oldest Kubernetes that the manifests support, and the newest that the package knows.
KUBERNETES = ("1.26", utils.major_minor(kubernetes_validate.latest_version()))
# Kinds that the oldest does not have, which are in a separate folder.
SINCE = {"ValidatingAdmissionPolicy": "1.30", "ValidatingAdmissionPolicyBinding": "1.30"}
MONITORING, ARGO_CD = (
    json.loads((Path(__file__).parent / "schemas" / name).read_text()) for name in ("monitoring.json", "argocd.json"))

# Reads each schema once instead of once per object.
utils.schema_contents = functools.cache(utils.schema_contents)


def problems(found: Deployables, argo_events: Path | None) -> list[str]:
    return [f"{mode.name}: {problem}" for mode in found.modes for problem in mode_problems(mode, argo_events)]


def mode_problems(mode: Mode, argo_events: Path | None) -> Iterator[str]:
    for each in mode.objects:
        yield from object_problems(each, argo_events)
    for sensor in mode.of_kind("Sensor"):
        for _, resource in sensor_resources(sensor):
            yield from (f"{title(sensor)}: {problem}" for problem in kubernetes_problems(resource))


def object_problems(each: Object, argo_events: Path | None) -> Iterator[str]:
    if not each["kind"]:
        return  # a patch of an object that is not ours
    group = each["apiVersion"].partition("/")[0]
    if each["kind"] == "Application":
        yield from against(ARGO_CD, each)
    elif group == "argoproj.io":
        if argo_events:
            schema = strict_argo_events(argo_events)
            name = f"io.argoproj.events.v1alpha1.{each['kind']}"
            yield from against({"$ref": f"#/definitions/{name}", "definitions": schema}, each)
    elif group == "monitoring.coreos.com":
        yield from against({"$ref": f"#/$defs/{each['kind']}", **MONITORING}, each)
    else:
        yield from kubernetes_problems(each)


def kubernetes_problems(each: Object) -> Iterator[str]:
    for version in KUBERNETES:
        if utils.major_minor(version) < SINCE.get(each["kind"], ""):
            continue
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            place = "/".join(str(part) for part in error.absolute_path)
            yield f"{title(each)}: for Kubernetes {version}: {place}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"{title(each)}: {error.message}"


def against(schema: Object, each: Object) -> Iterator[str]:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(each):
        place = "/".join(str(part) for part in error.absolute_path)
        yield f"{title(each)}: {place}: {error.message}"


@functools.cache
def strict_argo_events(file: Path) -> dict[str, Any]:
    """The published schema leaves unknown fields alone; here each definition with fields has those and no others."""
    definitions = json.loads(file.read_text())["definitions"]
    for definition in definitions.values():
        if "properties" in definition:
            definition.setdefault("additionalProperties", False)
    return definitions

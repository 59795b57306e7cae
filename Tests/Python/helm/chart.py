"""The chart, rendered by the real Helm."""

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from manifests import Object

ROOT = Path(__file__).parents[3]
CHART, DEPLOY = ROOT / "packaging" / "helm" / "rollout-heal", ROOT / "deploy"
HELM, KUBECTL = os.environ["ROLLOUT_HEAL_HELM"], Path(os.environ["ROLLOUT_HEAL_KUBECTL"])
BINARY = os.environ["ROLLOUT_HEAL_BINARY"]
NAME = "rollout-heal"
# A Helm that Go has built takes Kubernetes 1.20 for the newest.
KUBERNETES = "1.30.0"

CRONJOB, NAMESPACED = {"mode": "cronjob"}, {"allNamespaces": False}
# The namespace of the kustomizations for one namespace.
SHOP = {"namespace": "shop"}


class Refused(Exception):
    """What Helm says instead of rendering."""


def helm(*arguments: str, values: Any = None, **more: Any) -> str:
    command = [HELM, *map(str, arguments)]
    if values is not None:
        command += ["--values", "-"]
    done = subprocess.run(command, input=yaml.safe_dump(values), capture_output=True, text=True, timeout=120, **more)
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return done.stdout


def render(values: Object, chart: Path = CHART, name: str = NAME, namespace: str = NAME) -> list[Object]:
    text = helm("template", name, chart, "--namespace", namespace, "--kube-version", KUBERNETES, values=values)
    return [each for each in yaml.safe_load_all(text) if each]


def arguments(values: Object, **more: Any) -> list[str]:
    """The arguments of the program."""
    return container(render(values, **more))["args"]


def container(objects: list[Object]) -> Object:
    return pod(objects)["spec"]["containers"][0]


def pod(objects: list[Object]) -> Object:
    (owner,) = (each for each in objects if each["kind"] in ("Deployment", "CronJob"))
    return owner["spec"].get("jobTemplate", owner)["spec"]["template"]


def of_kind(objects: list[Object], kind: str) -> Object:
    (found,) = (each for each in objects if each["kind"] == kind)
    return found

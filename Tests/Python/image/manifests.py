"""What the manifests of deploy/ would have run: read from them, so that they and the image are tested together."""

import pathlib
import sys

import yaml

sys.path.append(str(pathlib.Path(__file__).parents[1] / "deploy"))
import events  # noqa: E402


def documents(path: pathlib.Path) -> list[dict]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def command_line(container: dict) -> tuple[list[str] | None, list[str]]:
    return container.get("command"), list(container.get("args", []))


def cronjob(deploy: pathlib.Path) -> tuple[list[str] | None, list[str]]:
    job = documents(deploy / "cronjob/cronjob.yaml")[0]["spec"]["jobTemplate"]
    return command_line(job["spec"]["template"]["spec"]["containers"][0])


def watch(deploy: pathlib.Path) -> tuple[list[str] | None, list[str]]:
    return command_line(documents(deploy / "watch/deployment.yaml")[0]["spec"]["template"]["spec"]["containers"][0])


def sensor_job(deploy: pathlib.Path, mode: str, body: dict) -> dict:
    """As the Sensor of a mode makes it from the body of an event."""
    return events.filled(documents(deploy / mode / "sensor.yaml")[0]["spec"]["triggers"][0], {"body": body})


def job_line(job: dict) -> tuple[list[str] | None, list[str]]:
    return command_line(job["spec"]["template"]["spec"]["containers"][0])


def granted(path: pathlib.Path, account: str) -> set[tuple[str, str]]:
    """(verb, resource) of all roles in a file that are bound to a service account."""
    roles, rights = {}, set()
    for document in documents(path):
        roles[document["kind"], document["metadata"]["name"]] = document
    for (kind, _), document in roles.items():
        if kind.endswith("Binding") and any(subject["name"] == account for subject in document["subjects"]):
            role = roles[document["roleRef"]["kind"], document["roleRef"]["name"]]
            rights |= {(verb, resource) for rule in role["rules"] for verb in rule["verbs"] for resource in rule["resources"]}
    return rights

"""Sample events on their way to a Job: from Argo CD or a Rollout by EventSource and Sensor to the arguments of the program."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

import events
from events import APPLICATION, ROLLOUT, changed
from manifests import Deployables, Mode, Object, title

# Placeholders in the manifests until an event fills them in, and the values of the samples.
FILLED = {"project": "default", "namespace": "shop", "app": "store", "health": "Degraded", "name": "web"}
BODY = {key: FILLED[key] for key in ("project", "namespace", "app", "health")}
# The fields of Argo CD, of which we use some. Argo CD ignores misspelt ones silently.
SERVICE, HEADER, REQUEST = {"url", "headers"}, {"name", "value"}, {"method", "path", "body"}
CONDITION = {"when", "send", "oncePer", "description"}
STUCK = {
    "as it hangs": (ROLLOUT, True),
    "that is healthy": (changed(ROLLOUT, status__phase="Healthy", status__message=""), False),
    "that is on its way": (changed(ROLLOUT, status__phase="Progressing"), False),
    "with another error": (changed(ROLLOUT, status__message="InvalidSpec: a port is missing"), False),
    "without a message": (changed(ROLLOUT, status__message=None), False),
}
SENT = {
    "as Argo CD sends it": (BODY, True),
    "of a healthy Application": (changed(BODY, health="Healthy"), False),
    "without a namespace": (changed(BODY, namespace=None), False),
    "with null for a namespace": ({**BODY, "namespace": None}, False),
    "with a flag for a namespace": (changed(BODY, namespace="--all-namespaces"), False),
}
# Bodies that pass the filter, and the arguments of the Job that each becomes. Argo Events 1.9.2 passed names like these
# on as data, and failed the trigger five times without a project as long as its parameter had no value.
PARTIAL = {
    "without a project": (changed(BODY, project=None), ["", "shop", "store", "Degraded"]),
    "whose app looks like a flag": ({**BODY, "app": "--all-namespaces"}, ["default", "shop", "--all-namespaces", "Degraded"]),
    "whose app looks like a command": ({**BODY, "app": "$(id)\n"}, ["default", "shop", "$(id)\n", "Degraded"]),
}
# What the EventSource answers with 200, and the Sensor drops: a form, a body of somebody else, an empty object.
FOREIGN = [{"health=Degraded&namespace": ["shop"]}, {"alerts": [{"status": "firing"}]}, {}, None]
ELSEWHERE = {"https://kubernetes.default.svc": True, "https://kubernetes.default.svc/": True, "https://10.0.0.1:6443": False}
BY_NAME = {"in-cluster": True, "production": False}


def problems(found: Deployables) -> list[str]:
    result = [f"{mode.name}: {problem}" for mode in found.modes for problem in sensor_problems(mode)]
    config = found.mode("argocd/notifications-cm.yaml")
    if config:
        result += (f"argocd: {problem}" for problem in notification_problems(found, config.objects[0]["data"]))
    return result


def sensor_problems(mode: Mode) -> Iterator[str]:
    for sensor in mode.of_kind("Sensor"):
        (dependency,) = sensor["spec"]["dependencies"]
        spec = mode.find("EventSource", dependency["eventSourceName"], sensor["metadata"]["namespace"])["spec"]
        for words, (body, is_meant) in (STUCK if "resource" in spec else SENT).items():
            for source in spec.get("resource", {}).values():
                if events.passes_source(source, body) != is_meant:
                    yield f"the EventSource {'stops' if is_meant else 'sends'} a Rollout {words}"
            if events.passes_sensor(dependency, {"body": body}) != is_meant:
                yield f"{title(sensor)} {'stops' if is_meant else 'lets through'} an event {words}"
            if is_meant:
                yield from (f"{title(sensor)}: {problem}" for problem in job_problems(sensor, body))
        if "webhook" in spec:
            yield from (f"{title(sensor)}: {problem}" for problem in partial_problems(sensor, dependency))


def job_problems(sensor: Object, body: Object) -> Iterator[str]:
    for trigger in sensor["spec"]["triggers"]:
        try:
            job = events.filled(trigger, {"body": body})
        except LookupError as error:
            yield str(error)
            continue
        asked = trigger["template"]["k8s"]["source"]["resource"]["spec"]["template"]["spec"]["containers"][0]["args"]
        got = job["spec"]["template"]["spec"]["containers"][0]["args"]
        wanted = [FILLED.get(argument, argument) for argument in asked]
        if got != wanted:
            yield f"the arguments of the Job become {got}, not {wanted}"
        name = job["metadata"].get("name", "rollout-heal-00000")
        if not re.fullmatch(r"rollout-heal-[a-z0-9-]{5,50}", name) or (body is ROLLOUT and ROLLOUT["metadata"]["uid"] not in name):
            yield f"the Job would be called {name}"


def partial_problems(sensor: Object, dependency: Object) -> Iterator[str]:
    for words, (body, wanted) in PARTIAL.items():
        (trigger,) = sensor["spec"]["triggers"]
        try:
            job = events.filled(trigger, {"body": body})
        except LookupError as error:
            yield f"an event {words} blocks all others: {error}"
            continue
        got = job["spec"]["template"]["spec"]["containers"][0]["args"]
        if got != wanted:
            yield f"an event {words} makes a Job with {got}"
    for body in FOREIGN:
        if events.passes_sensor(dependency, {"body": body}):
            yield f"a foreign body is let through: {body}"


class Fields:
    """An object as conditions of Argo CD see it: what is missing is nil, and nil has no fields."""

    def __init__(self, value: Object):
        self.value = value

    def __getattr__(self, name: str) -> Any:
        found = self.value.get(name)
        return Fields(found) if isinstance(found, dict) else found


def notification_problems(found: Deployables, data: dict[str, str]) -> Iterator[str]:
    for key, text in data.items():
        value = yaml.safe_load(text)
        if key.startswith("service.webhook."):
            yield from strange(key, value, SERVICE)
            for header in value.get("headers", []):
                yield from strange(key, header, HEADER)
        elif key.startswith("template."):
            yield from strange(key, value, {"webhook"})
            for request in value.get("webhook", {}).values():
                yield from strange(key, request, REQUEST)
                yield from body_problems(found, key, request["body"])
        elif key.startswith("trigger."):
            for condition in value:
                yield from strange(key, condition, CONDITION)
                yield from (f"{key}: {problem}" for problem in condition_problems(condition.get("when", "false")))
        else:
            yield f"nobody reads {key}"


def strange(key: str, value: Object, known: set[str]) -> Iterator[str]:
    for name in sorted(value.keys() - known):
        yield f"{key} has a field {name}, which Argo CD passes over"


def body_problems(found: Deployables, key: str, template: str) -> Iterator[str]:
    """Whatever an Application is called, the body is JSON: every value is written by toJson. And the Sensor takes it."""
    missing = []

    def value(match: re.Match) -> str:
        result = events.value_at({"app": APPLICATION}, match["path"])
        if result is None:
            missing.append(match["path"])
        return json.dumps(result)

    try:
        body = json.loads(re.sub(r"\{\{toJson \.(?P<path>[\w.]+)\}\}", value, template))
    except ValueError as error:
        yield f"{key}: the body is no JSON: {error}"
        return
    yield from (f"{key}: an Application has nothing at .{path}" for path in missing)
    if not missing and body != BODY:
        yield f"{key}: the body of the sample is {body}"


def condition_problems(when: str) -> Iterator[str]:
    cases = [(changed(APPLICATION, spec__destination__server=server), is_meant) for server, is_meant in ELSEWHERE.items()]
    for name, is_meant in BY_NAME.items():
        cases.append((changed(APPLICATION, spec__destination={"namespace": "shop", "name": name}), is_meant))
    cases.append((changed(APPLICATION, status__health__status="Healthy"), False))
    for application, is_meant in cases:
        destination = application["spec"]["destination"]
        try:  # its `and`, `or`, `==` and parentheses are valid Python too
            is_sent = eval(when, {"__builtins__": {}}, {"app": Fields(application)})
        except (AttributeError, NameError, SyntaxError, TypeError) as error:
            yield f"the condition cannot be evaluated: {error}"
            return
        if is_sent is not is_meant:
            yield f"an Application {application['status']['health']['status']} in {destination} is {'not ' if is_meant else ''}told"

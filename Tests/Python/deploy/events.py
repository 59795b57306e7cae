"""What Argo Events makes of an event: whether it lets it through, and the object that a trigger creates from it."""

import copy
import re
from typing import Any

Object = dict[str, Any]

ROLLOUT = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Rollout",
    "metadata": {"name": "web", "namespace": "shop", "uid": "6f1c2a9e-0b7d-4f57-9c1e-2d3b4a5c6d7e"},
    "spec": {"replicas": 3},
    "status": {
        "phase": "Degraded",
        "message": 'ProgressDeadlineExceeded: ReplicaSet "web-7f9c" has timed out progressing.',
    },
}
APPLICATION = {
    "metadata": {"name": "store", "namespace": "argocd"},
    "spec": {"project": "default", "destination": {"namespace": "shop", "server": "https://kubernetes.default.svc"}},
    "status": {"health": {"status": "Degraded"}},
}


def changed(value: Object, **fields: Any) -> Object:
    """A copy with what is at a path, in which __ stands for the dot, replaced; None takes it away."""
    result = copy.deepcopy(value)
    for path, new in fields.items():
        *parents, last = path.split("__")
        place = result
        for part in parents:
            place = place[part]
        place.pop(last) if new is None else place.update({last: new})
    return result


def value_at(value: Any, path: str) -> Any:
    """None where nothing is."""
    for part in path.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return value


def passes_source(source: Object, rollout: Object) -> bool:
    """`filter.fields` of an EventSource: regular expressions, and an operation that has to be said."""
    for field in source.get("filter", {}).get("fields", []):
        value = value_at(rollout, field["key"])
        is_match = isinstance(value, str) and re.search(field["value"], value) is not None
        if value is None or is_match != {"==": True, "=": True, "!=": False}[field["operation"]]:
            return False
    return True


def passes_sensor(dependency: Object, event: Object) -> bool:
    for each in dependency["filters"]["data"]:
        value = value_at(event, each["path"])
        if not isinstance(value, str) or not any(re.search(pattern, value) for pattern in each["value"]):
            return False
    return True


def filled(trigger: Object, event: Object) -> Object:
    """The object that is created. What is not in the event is the parameter's own value; without one, the trigger fails."""
    k8s = trigger["template"]["k8s"]
    result = copy.deepcopy(k8s["source"]["resource"])
    for parameter in k8s["parameters"]:
        value = value_at(event, parameter["src"]["dataKey"])
        if value is None:
            value = parameter["src"].get("value")
        if value is None:
            raise LookupError(f"nothing in an event is at {parameter['src']['dataKey']}")
        parents, _, last = parameter["dest"].rpartition(".")
        place = value_at(result, parents)
        key = int(last) if isinstance(place, list) else last
        place[key] = place[key] + value if parameter.get("operation") == "append" else value
    return result

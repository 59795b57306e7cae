"""Names by which objects find each other: a misspelt one is no error anywhere, and nothing ever happens."""

import json
import re
from collections.abc import Iterator

import yaml

from events import value_at
from manifests import Deployables, Mode, Object, pods, sensor_resources, title
from pods import SOURCES

SUBSCRIPTION = re.compile(r"notifications\.argoproj\.io/subscribe\.(?P<trigger>[^.]+)\.(?P<service>.+)")
# The Service that Argo Events creates for an EventSource.
SERVICE = "{name}-eventsource-svc.{namespace}.svc"
# The placeholders of arguments that events fill in.
PLACEHOLDERS = {"project", "namespace", "app", "health", "name"}


def problems(found: Deployables) -> list[str]:
    checks = (sensor_problems, network_problems, selector_problems, probe_problems, lease_problems)
    result = [f"{mode.name}: {problem}" for mode in found.modes for check in checks for problem in check(mode)]
    result += readme_problems(found)
    webhook, config = found.mode("sensor-webhook"), found.mode("argocd/notifications-cm.yaml")
    if config:
        result += (f"argocd: {problem}" for problem in notification_problems(found, config.objects[0]))
    if webhook and config:
        result += (f"argocd: {problem}" for problem in webhook_problems(webhook, config.objects[0]["data"]))
    return result


def readme_problems(found: Deployables) -> Iterator[str]:
    """The table of folders has them all, and the accounts that each brings."""
    text = (found.folder / "README.md").read_text()
    for mode in found.modes:
        if mode.name.startswith("argocd/"):
            continue
        row = next((line for line in text.splitlines() if re.match(rf"\|.*`{mode.name}`.*\|.*\|.*\|.*\|", line)), None)
        if row is None:
            yield f"README.md does not name {mode.name}"
            continue
        accounts = {each["metadata"]["name"] for each in mode.of_kind("ServiceAccount")}
        if "as above" not in row and accounts != set(re.findall("`([^`]+)`", row.rsplit("|", 2)[1])):
            yield f"README.md names other accounts of {mode.name} than {sorted(accounts)}"


def sensor_problems(mode: Mode) -> Iterator[str]:
    for sensor in mode.of_kind("Sensor"):
        for dependency in sensor["spec"]["dependencies"]:
            source = mode.find("EventSource", dependency["eventSourceName"], sensor["metadata"]["namespace"])
            kinds = [value for value in (source or {"spec": {}})["spec"].values() if isinstance(value, dict)]
            if not any(dependency["eventName"] in kind for kind in kinds):
                yield f"{title(sensor)} waits for {dependency['eventSourceName']}/{dependency['eventName']}, which nobody sends"
        names = {dependency["name"] for dependency in sensor["spec"]["dependencies"]}
        for trigger, resource in sensor_resources(sensor):
            yield from trigger_problems(sensor, trigger["template"]["k8s"]["parameters"], resource, names)


def trigger_problems(sensor: Object, parameters: list[Object], resource: Object, dependencies: set[str]) -> Iterator[str]:
    filled = set()
    for parameter in parameters:
        if parameter["src"]["dependencyName"] not in dependencies:
            yield f"{title(sensor)}: no dependency {parameter['src']['dependencyName']}"
        if value_at(resource, parameter["dest"]) is None:
            yield f"{title(sensor)}: nothing is at {parameter['dest']}"
        filled.add(parameter["dest"])
    for place, argument in enumerate(resource["spec"]["template"]["spec"]["containers"][0]["args"]):
        is_filled = f"spec.template.spec.containers.0.args.{place}" in filled
        if is_filled != (argument in PLACEHOLDERS):
            yield f"{title(sensor)}: argument {place}, {argument!r}, is {'' if is_filled else 'not '}filled in"


def network_problems(mode: Mode) -> Iterator[str]:
    for policy in mode.of_kind("NetworkPolicy"):
        wanted = policy["spec"]["podSelector"].get("matchLabels", {})
        namespace = policy["metadata"].get("namespace")
        if not any(pod.namespace == namespace and wanted.items() <= pod.labels.items() for pod in pods(mode)):
            yield f"{title(policy)} selects no pod"
        ports = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
        served = {
            int(hook["port"]) for each in mode.of_kind("EventSource") for hook in each["spec"].get("webhook", {}).values()
        }
        if ports != served:
            yield f"{title(policy)} opens {ports}, the webhook listens on {served}"


def selector_problems(mode: Mode) -> Iterator[str]:
    for deployment in mode.of_kind("Deployment"):
        spec = deployment["spec"]
        labels = spec["template"]["metadata"]["labels"]
        ports = {port["name"] for each in spec["template"]["spec"]["containers"] for port in each.get("ports", [])}
        services = mode.of_kind("Service")
        selectors = [(deployment, spec["selector"]["matchLabels"])]
        selectors += [(each, each["spec"]["selector"]) for each in services]
        selectors += [(each, each["spec"]["selector"]["matchLabels"]) for each in mode.of_kind("PodDisruptionBudget")]
        for spread in spec["template"]["spec"].get("topologySpreadConstraints", []):
            selectors.append((deployment, spread["labelSelector"]["matchLabels"]))
        for owner, selector in selectors:
            if not selector.items() <= labels.items():
                yield f"{title(owner)} selects {selector}, the pods are {labels}"
        for service in services:
            for port in service["spec"]["ports"]:
                if port["targetPort"] not in ports:
                    yield f"{title(service)} leads to port {port['targetPort']}, which no container has"
    for monitor in mode.of_kind("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        chosen = [each for each in mode.of_kind("Service") if wanted.items() <= each["metadata"]["labels"].items()]
        ports = {port["name"] for each in chosen for port in each["spec"]["ports"]}
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint["port"] not in ports:
                yield f"{title(monitor)} scrapes port {endpoint['port']}, which no Service has"


def probe_problems(mode: Mode) -> Iterator[str]:
    answered = set(re.findall(r'"(/[a-z]*)"', (SOURCES / "Commands" / "Metrics" / "ProcessHealth.swift").read_text()))
    for deployment in mode.of_kind("Deployment"):
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
            for probe in (container["livenessProbe"], container["readinessProbe"]):
                if probe["httpGet"]["path"] not in answered:
                    yield f"{title(deployment)}: nobody answers {probe['httpGet']['path']}"
                if probe["httpGet"]["port"] not in ports:
                    yield f"{title(deployment)}: no port {probe['httpGet']['port']} to probe"
            if f"--metrics-address=:{ports.get('metrics')}" not in container["args"]:
                yield f"{title(deployment)} does not listen on its port {ports.get('metrics')}"


def lease_problems(mode: Mode) -> Iterator[str]:
    source = (SOURCES / "Commands" / "Verbs" / "WatchCommand.swift").read_text()
    name = re.search(r'var leaderElectLease = "([^"]+)"', source)[1]
    for role in mode.of_kind("Role"):
        for rule in role["rules"]:
            if "leases" in rule["resources"] and rule.get("resourceNames", [name]) != [name]:
                yield f"{title(role)} is for the Lease {rule['resourceNames']}, the program takes {name}"


def notification_problems(found: Deployables, config: Object) -> Iterator[str]:
    data = config["data"]
    triggers = {key.removeprefix("trigger.") for key in data if key.startswith("trigger.")}
    services = {key.removeprefix("service.webhook.") for key in data if key.startswith("service.webhook.")}
    templates = {key.removeprefix("template.") for key in data if key.startswith("template.")}
    subscriptions = found.mode("argocd/subscription.yaml").objects[0]["metadata"]["annotations"]
    for key in subscriptions:
        name = SUBSCRIPTION.fullmatch(key)
        if not name or name["trigger"] not in triggers or name["service"] not in services:
            yield f"{key} names none of the triggers {triggers} and services {services}"
    for trigger in triggers:
        for condition in yaml.safe_load(data[f"trigger.{trigger}"]):
            for template in set(condition["send"]) - templates:
                yield f"trigger {trigger} sends the template {template}, which is not there"
    for template in templates:
        if set(yaml.safe_load(data[f"template.{template}"])["webhook"]) != services:
            yield f"template {template} is for another service than {services}"


def webhook_problems(mode: Mode, data: dict[str, str]) -> Iterator[str]:
    source, sensor = mode.of_kind("EventSource")[0], mode.of_kind("Sensor")[0]
    metadata, spec = source["metadata"], source["spec"]
    (hook,) = spec["webhook"].values()
    (service,) = (yaml.safe_load(text) for key, text in data.items() if key.startswith("service.webhook."))
    (template,) = (yaml.safe_load(text) for key, text in data.items() if key.startswith("template."))
    (request,) = template["webhook"].values()
    host = SERVICE.format(**metadata)
    if service["url"] != f"http://{host}:{spec['service']['ports'][0]['port']}":
        yield f"{service['url']} is not the EventSource's {host}"
    if not any(port["targetPort"] == int(hook["port"]) for port in spec["service"]["ports"]):
        yield f"the Service does not lead to the webhook's port {hook['port']}"
    if (request["method"], request["path"]) != (hook["method"], hook["endpoint"]):
        yield f"{request['method']} {request['path']} is not what the EventSource waits for"
    headers = {header["name"]: header["value"] for header in service["headers"]}
    if not re.fullmatch(r"Bearer \$[a-z-]+", headers.get("Authorization", "")) or "authSecret" not in hook:
        yield "the webhook knows no token"
    sent = {f"body.{key}" for key in json.loads(re.sub(r"\{\{.*?\}\}", "null", request["body"]))}
    wanted = {
        parameter["src"]["dataKey"]
        for trigger, _ in sensor_resources(sensor)
        for parameter in trigger["template"]["k8s"]["parameters"]
    }
    filters = {each["path"] for dependency in sensor["spec"]["dependencies"] for each in dependency["filters"]["data"]}
    if sent != wanted or not filters <= sent:
        yield f"the body has {sorted(sent)}, the Sensor takes {sorted(wanted | filters)}"

"""Alerts and dashboard against the metrics that the program has: names, labels, and what is a counter."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser

from manifests import Deployables, Mode, title
from pods import SOURCES

FAMILY = re.compile(r'MetricFamily\(\s*"(?P<name>\w+)",\s*\.(?P<kind>\w+)(?P<rest>.*?)\)\n', re.DOTALL)
PROCESS = re.compile(r'family\(\s*"(?P<name>\w+)",\s*\.(?P<kind>\w+)')
# Labels that a scrape adds to the program's own.
SCRAPED = {"instance", "pod", "namespace", "job"}
# Functions that apply to counters only.
OF_COUNTERS = {"rate", "increase", "irate"}


@dataclass
class Metric:
    kind: str
    labels: set[str]


def known() -> dict[str, Metric]:
    metrics = {}
    sources = SOURCES / "Commands" / "Metrics"
    for found in FAMILY.finditer((sources / "HealMetrics.swift").read_text()):
        labels = found["rest"].partition("labels:")[2]
        add(metrics, found["name"], found["kind"], set(re.findall(r'"(\w+)"', labels)))
    for found in PROCESS.finditer((sources / "ProcessMetrics.swift").read_text()):
        add(metrics, f"process_{found['name']}", found["kind"], set())
    return metrics


def add(metrics: dict[str, Metric], name: str, kind: str, labels: set[str]):
    if kind == "histogram":
        metrics[f"{name}_bucket"] = Metric("counter", labels | {"le"})
        metrics[f"{name}_sum"] = metrics[f"{name}_count"] = Metric("counter", labels)
    else:
        metrics[name] = Metric(kind, labels)


def problems(found: Deployables) -> list[str]:
    metrics = known()
    values = set(re.findall(r'"([a-z-]+)"', "".join(file.read_text() for file in SOURCES.rglob("*.swift"))))
    values |= set(re.findall(r"case ([a-z]+)$", "".join(file.read_text() for file in SOURCES.rglob("*.swift")), re.M))
    result = []
    for mode in found.modes:
        for where, expression in expressions(mode):
            result += [f"{mode.name}: {where}: {problem}" for problem in expression_problems(expression, metrics, values)]
            # Without --heal there is no leader, which is no problem.
            if re.search(r"rollout_heal_leader\)? == 0(?! and max\(rollout_heal_heals\) > 0)", expression):
                result.append(f"{mode.name}: {where}: it does not ask whether anybody is to heal")
    return result


def expressions(mode: Mode) -> Iterator[tuple[str, str]]:
    for rules in mode.of_kind("PrometheusRule"):
        for group in rules["spec"]["groups"]:
            for rule in group["rules"]:
                yield f"alert {rule['alert']}", rule["expr"]
    for config in mode.of_kind("ConfigMap"):
        for name, text in config["data"].items():
            if name.endswith(".json"):
                for panel in json.loads(text)["panels"]:
                    for target in panel["targets"]:
                        yield f"{title(config)}, {panel['title']}", target["expr"]


def expression_problems(expression: str, metrics: dict[str, Metric], values: set[str]) -> Iterator[str]:
    try:
        parsed = promql_parser.parse(expression)
    except ValueError as error:
        yield f"{expression}: {error}"
        return
    seen = []
    for selector, functions in selectors(parsed, ()):
        metric = metrics.get(selector.name)
        if not metric:
            yield f"there is no metric {selector.name}"
            continue
        seen.append(metric)
        if (metric.kind == "counter") != bool(OF_COUNTERS & set(functions)):
            yield f"{selector.name} is a {metric.kind}"
        for matcher in selector.matchers.matchers:
            if matcher.name not in metric.labels:
                yield f"{selector.name} has no label {matcher.name}"
            elif matcher.name != "code" and matcher.value not in values:
                yield f"{selector.name}: {matcher.name} is never {matcher.value}"
    labels = set().union(*(metric.labels for metric in seen)) | SCRAPED
    for name in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
        for label in filter(None, (part.strip() for part in name.split(","))):
            if label not in labels:
                yield f"none of its metrics has a label {label}"


def selectors(node: Any, functions: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Every metric that is asked for, and the functions around it."""
    match node:
        case promql_parser.VectorSelector():
            yield node, functions
        case promql_parser.MatrixSelector():
            yield node.vector_selector, functions
        case promql_parser.Call():
            for argument in node.args:
                yield from selectors(argument, (*functions, node.func.name))
        case promql_parser.BinaryExpr():
            yield from selectors(node.lhs, functions)
            yield from selectors(node.rhs, functions)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from selectors(node.expr, functions)

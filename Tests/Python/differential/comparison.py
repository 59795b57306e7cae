"""Judges a case: does each program do what is expected, do both do the same, and does ours keep its secrets?"""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from case import LIST, SECRET, Arrives, Case, Expectation, Fails
from programs import Outcome, run_kubectl, run_ours
from workspace import Shared, Workspace

PASSED, DIFFERS, KNOWN_BUG, SKIPPED, FAILED = "passed", "differing on purpose", "KNOWN BUG", "skipped", "FAILED"


@dataclass
class Verdict:
    case: Case
    kind: str
    problems: list[str]


def judge(case: Case, kubectl: Path, minor: int, ours: Path, shared: Shared) -> Verdict:
    if minor < case.since:
        return Verdict(case, SKIPPED, [])
    with Workspace(case, shared) as workspace:
        theirs = run_kubectl(kubectl, case, workspace)
        mine = run_ours(ours, workspace)
        aloud = run_ours(ours, workspace, "-v", "10")
        kubectl_problems = unmet(case.expect, theirs, workspace)
        our_problems = unmet(case.ours or case.expect, mine, workspace)
        if not case.ours:
            our_problems += differences(case, theirs, mine)
        elif not unmet(case.expect, mine, workspace):
            kubectl_problems.append("kubectl and ours no longer differ here")
        if mine.status != aloud.status:
            our_problems.append(f"exit status {aloud.status} with -v")
        leaks = leaked(mine, aloud, theirs, shared)
        seen = [f"kubectl:\n{theirs.described()}", f"ours:\n{mine.described()}"]
    problems = [f"kubectl: {problem}" for problem in kubectl_problems]
    problems += [f"ours: {problem}" for problem in our_problems]
    if kubectl_problems or leaks:
        return Verdict(case, FAILED, problems + leaks + seen)
    if case.bug:
        if not our_problems:
            return Verdict(case, FAILED, [f"no longer a bug: {case.bug}", *seen])
        return Verdict(case, KNOWN_BUG, [case.bug, *problems])
    if our_problems:
        return Verdict(case, FAILED, problems + seen)
    return Verdict(case, DIFFERS if case.ours else PASSED, [])


def unmet(expectation: Expectation, outcome: Outcome, workspace: Workspace) -> list[str]:
    """What of `expectation` the outcome lacks."""
    problems = []
    if len(outcome.requests) != expectation.requests:
        problems.append(f"{len(outcome.requests)} requests arrived instead of {expectation.requests}")
    if workspace.filled(expectation.says) not in outcome.stderr:
        problems.append(f"stderr does not say: {workspace.filled(expectation.says)}")
    match expectation:
        case Arrives(facts):
            if outcome.status != 0:
                problems.append(f"exit status {outcome.status}")
            problems += wrong_facts(facts, outcome, workspace)
        case Fails(_, status):
            if outcome.status == 0 or status not in (None, outcome.status):
                problems.append(f"exit status {outcome.status} instead of {status or 'a failure'}")
    return problems


def wrong_facts(facts, outcome: Outcome, workspace: Workspace) -> list[str]:
    recorded = dict(outcome.requests[-1]) if outcome.requests else {}
    recorded |= {"tunnels": outcome.tunnels, "plugin_calls": outcome.plugin_calls}
    problems = []
    for name, expected in facts.items():
        expected = filled(expected, workspace)
        if recorded.get(name) != expected:
            problems.append(f"{name} is {recorded.get(name)!r} instead of {expected!r}")
    return problems


def filled(value, workspace: Workspace):
    match value:
        case str():
            return workspace.filled(value)
        case list() | tuple():
            return type(value)(filled(item, workspace) for item in value)
        case dict():
            return {key: filled(item, workspace) for key, item in value.items()}
    return value


def differences(case: Case, theirs: Outcome, ours: Outcome) -> list[str]:
    """What arrived from ours that did not arrive so from kubectl."""
    ignored = {"path", *case.ignore} if case.asked != LIST else set(case.ignore)

    def compared(outcome: Outcome) -> list[dict]:
        return [{name: value for name, value in request.items() if name not in ignored} for request in outcome.requests]

    problems = []
    for kind, one, other in (("request", compared(theirs), compared(ours)), ("tunnel", theirs.tunnels, ours.tunnels),
                             ("plugin call", theirs.plugin_calls, ours.plugin_calls)):
        if one != other and kind not in case.ignore:
            problems.append(f"another {kind} than kubectl's:\n      kubectl {one}\n      ours    {other}")
    if warnings(theirs) != warnings(ours):
        problems.append(f"other warnings than kubectl's: {warnings(theirs)} and ours {warnings(ours)}")
    return problems


def warnings(outcome: Outcome) -> list[str]:
    return [line for line in outcome.stderr.splitlines() if line.startswith("Warning: ")]


def leaked(quiet: Outcome, aloud: Outcome, theirs: Outcome, shared: Shared) -> list[str]:
    """Secrets in what ours printed: those of the cases by their mark, the others by what arrived."""
    printed = "\n".join((quiet.stdout, quiet.stderr, aloud.stdout, aloud.stderr))
    secrets = {SECRET, *marks_in_base64(), *shared.certificates.secret_lines()}
    for outcome in (quiet, aloud, theirs):
        for request in outcome.requests:
            headers = (request["authorization"], request["proxy_authorization"])
            secrets |= {value.split(" ", 1)[-1] for value in headers if value}
        secrets |= {tunnel[-1].split(" ", 1)[-1] for tunnel in outcome.tunnels if tunnel[-1]}
    return [f"ours printed a secret: {secret}" for secret in sorted(secrets) if len(secret) > 3 and secret in printed]


def marks_in_base64() -> set[str]:
    """What every base64 of a text with the mark holds, at each of the three places it can have in a group of bytes."""
    texts = (base64.b64encode(b"x" * shift + SECRET.encode()).decode() for shift in range(3))
    return {re.sub("=.*", "", text)[4:-4] for text in texts}

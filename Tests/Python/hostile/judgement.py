"""Holds one run against what every run must keep to, and against its case."""

import json
import re
import unicodedata
from datetime import datetime, timedelta, timezone

import outcomes
from case import FAILS, SERVES, Case, Command
from cluster import GET, LIST, NAME, NAMESPACE, PATCH, REPLICASETS, WATCH
from program import TOKEN, Ended
from server import Server

ONLY_OURS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/rollouts/{NAME}"


def problems(case: Case, command: Command, ended: Ended, server: Server, trapped: int) -> list[str]:
    return [*safety(case, command, ended, server, trapped),
            *(ending_of_watch(case, command, ended, server) if command.goes_on else ending(case, command, ended))]


def safety(case: Case, command: Command, ended: Ended, server: Server, trapped: int):
    said = ended.out + ended.err
    if TOKEN in said:
        yield "the token is told"
    # Output for programs is data: characters stay unchanged, except those that a terminal interprets.
    hidden = ("Cc",) if re.search("-o (json|yaml)", command.words) else ("Cc", "Cf")
    if any(unicodedata.category(sign) in hidden and sign != "\n" for sign in said):
        yield "control characters reach the terminal"
    if re.search(r"Fatal error|Crash|Stack dump|Thread \d+ crashed|\$s\d", ended.err):
        yield "it traps"
    if trapped:
        yield "it followed a redirect"
    if ended.memory > case.memory:
        yield f"{ended.memory:.0f} MiB are resident, more than {case.memory}"
    # A command that waits meets the attack once more: at the end it reads whether the restart had an effect.
    cpu = case.cpu * (2 if "--wait" in command.words else 1)
    if ended.cpu > cpu:
        yield f"{ended.cpu:.1f} s of CPU, more than {cpu}"
    for moment in server.cluster.moments:
        if not near(moment):
            yield f"it asks for a restart at {moment!r}"
    if "-o json" in command.words and ended.status == 0 and not is_json(ended.out):
        yield "its JSON is none"
    patches = [request.path for request in server.cluster.requests if request.stage == PATCH]
    writes = max(case.writes, case.writes_of_watch) if command.goes_on else case.writes
    if len(patches) > max(writes, 1 if command.stage in (PATCH, GET) else 0):
        yield f"{len(patches)} PATCHes, more than {writes}"
    if any(path != ONLY_OURS for path in patches):
        yield f"it patches another object: {set(patches)}"
    if any(TOKEN in request.target or TOKEN.encode() in request.body for request in server.cluster.requests):
        yield "it writes the token to the cluster"
    if any("authorization" in request.headers and request.headers["authorization"] != f"Bearer {TOKEN}"
           for request in server.cluster.requests):
        yield "it sends another credential"


def ending(case: Case, command: Command, ended: Ended):
    if ended.after_signal is not None:
        yield f"it does not end within {case.seconds} s"
        return
    expected = outcomes.status(case, command)
    if ended.status != expected:
        yield f"exit status {ended.status}, not {expected}"
    if ended.status in (1, 3) and not re.search(case.says, errors(ended)):
        yield f"it does not say {case.says!r}"
    if case.outcome == FAILS and command.stage not in (PATCH, GET) and not command.shows and re.sub(r"(?m)^No .* found.*$", "", ended.out):
        yield "it prints data beside a failure"


def ending_of_watch(case: Case, command: Command, ended: Ended, server: Server):
    heals = "--heal" in command.words
    expected = outcomes.status(case, command)
    if ended.status != expected:
        yield f"exit status {ended.status}, not {expected}"
    if ended.after_signal is None:
        # Ending helps only a person who watches without healing.
        if case.outcome == SERVES or (heals and ended.status not in (1, 3)) or command.stage != LIST:
            yield f"it ends by itself with {ended.status}"
        if not re.search(case.says, errors(ended)):
            yield f"it does not say {case.says!r}"
        return
    if ended.after_signal > 2.5:
        yield f"{ended.after_signal:.1f} s from the signal to the end"
    if len(server.cluster.requests) + server.accepted > 60:
        yield f"{len(server.cluster.requests)} requests, {server.accepted} connections: it spins"
    said = ended.out + errors(ended)
    tells = re.search("ERROR" if case.says == Case.says else case.says, said)
    # Not every silence is noticed within the time watched; a conflict or an expired version is retried silently.
    is_silence = not case.patient and ("timed out" in case.says or re.match("Retry|409|410", case.name))
    if case.outcome == FAILS and command.stage in (LIST, WATCH) and not tells and not is_silence:
        yield f"it does not say {case.says!r}"
    if case.outcome == FAILS and command.stage in (REPLICASETS, PATCH) and not is_silence and not re.search(
            "ERROR|WARNING|RESTARTED|SKIPPED|unproven", said):
        yield "it says nothing of it"
    if case.outcome == SERVES and command.stage == WATCH and not case.tells and "ERROR" in said:
        yield "it speaks of an error where there is none"


def near(moment: str | None) -> bool:
    """Whether it is about now: servers may be off by an hour, and more is nonsense."""
    try:
        found = datetime.strptime(moment or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return False
    return abs(found - datetime.now(timezone.utc)) < timedelta(hours=2)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def errors(ended: Ended) -> str:
    """What is said to a person, without what `-v` adds."""
    return "\n".join(line for line in ended.err.splitlines() if not re.match(r"(GET|PATCH|POST|Re|    )", line))

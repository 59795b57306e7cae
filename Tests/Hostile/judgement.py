"""Holds one run against what every run must keep to, and against its case."""

import re
import signal
import unicodedata

from case import EITHER, FAILS, SERVES, Case, Command
from cluster import LIST, NAME, NAMESPACE, PATCH, WATCH, GET
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
    if any(unicodedata.category(sign) in ("Cc", "Cf") and sign != "\n" for sign in said):
        yield "control characters reach the terminal"
    if re.search(r"Fatal error|Crash|Stack dump|Thread \d+ crashed|\$s\d", ended.err):
        yield "it traps"
    if trapped:
        yield "it followed a redirect"
    if ended.memory > case.memory:
        yield f"{ended.memory:.0f} MiB are resident, more than {case.memory}"
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
    # What the server did with a PATCH whose answer is lost can be read afterwards.
    may_succeed = case.outcome != FAILS or command.stage in (PATCH, GET)
    allowed = {0} if case.outcome == SERVES else {1, 3} | ({0, 4} if may_succeed else set())
    if ended.status not in allowed:
        yield f"exit status {ended.status}, not one of {sorted(allowed)}"
    if ended.status in (1, 3) and not re.search(case.says, errors(ended)):
        yield f"it does not say {case.says!r}"
    if case.outcome == FAILS and not may_succeed and re.sub(r"(?m)^No .* found.*$", "", ended.out):
        yield "it prints data beside a failure"


def ending_of_watch(case: Case, command: Command, ended: Ended, server: Server):
    heals = "--heal" in command.words
    if ended.after_signal is None:
        # Nobody but a person who only looks is served by an end.
        if case.outcome == SERVES or (heals and ended.status not in (1, 3)) or command.stage != LIST:
            yield f"it ends by itself with {ended.status}"
        if not re.search(case.says, errors(ended)):
            yield f"it does not say {case.says!r}"
        return
    expected = 0 if heals else 130
    if ended.status != expected:
        yield f"exit status {ended.status}, not {expected}"
    if ended.after_signal > 2.5:
        yield f"{ended.after_signal:.1f} s from the signal to the end"
    if len(server.cluster.requests) + server.accepted > 60:
        yield f"{len(server.cluster.requests)} requests, {server.accepted} connections: it spins"
    tells = re.search(case.says.replace("(?m)^", ""), ended.out + errors(ended)) or "ERROR" in ended.out + ended.err
    # Within the time it is watched, not every silence is one.
    is_silence = not case.patient and ("timed out" in case.says or "Retry" in case.name or "410" in case.name)
    if case.outcome == FAILS and command.stage in (LIST, WATCH) and not tells and not is_silence:
        yield "it says nothing of it"


def errors(ended: Ended) -> str:
    """What is said to a person, without what `-v` adds."""
    return "\n".join(line for line in ended.err.splitlines() if not re.match(r"(GET|PATCH|POST|Re|    )", line))

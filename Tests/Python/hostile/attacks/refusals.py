"""Status codes, Status objects, redirects and Retry-After that mean harm or nothing."""

import json
from dataclasses import replace

from attacks.bodies import ESCAPES, MIB
from attacks.framing import raw
from case import ANSWERS, EITHER, SERVES, Case
from cluster import LIST, REPLICASETS
from server import Attack, Trap, head, honest, whole


def status(code: int, *fields: str, **members) -> Attack:
    body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code} | members)
    return Attack(lambda peer, *_: peer.send(whole(code, body.encode("utf-8", "surrogatepass"), *fields)))


def retry(after: str, code=429) -> Attack:
    """The connection goes on: each try of the client is answered."""
    body = whole(code, b'{"kind":"Status","message":"busy","reason":"TooManyRequests"}', f"Retry-After: {after}")
    def answer(peer, request, cluster):
        peer.send(body)
    return Attack(answer, keeps_open=True)


def once(first: bytes) -> Attack:
    """A proxy's answer, then the API server's own."""
    def answer(peer, request, cluster):
        with cluster.lock:
            is_first = not cluster.has_refused
            cluster.has_refused = True
        if is_first:
            peer.send(first)
        else:
            honest(peer, request, cluster)
    return Attack(answer, keeps_open=True)


def wrongly_dated(date: str) -> Attack:
    body = b"Bad Gateway"
    return once(f"HTTP/1.1 502 X\r\nDate: {date}\r\nRetry-After: 0\r\nContent-Type: text/plain\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def echo(make) -> Attack:
    """Sends the credential back; `make` gives the answer from it and from the honest body."""
    def answer(peer, request, cluster):
        peer.send(make(request.headers.get("authorization", ""), json.dumps(cluster.answer(request)[1]).encode()))
    return Attack(answer)


def redirect(code: int) -> Case:
    # The trap is a port to which nobody may connect: the runner listens there.
    def answer(peer, request, cluster):
        peer.send(whole(code, b"", f"Location: https://{Trap.ADDRESS}:{cluster.trap}/steal", "Refresh: 0; url=https://x.invalid"))
    return Case(f"redirect {code}", Attack(answer), says=f"Error from server.*status code {code}|Error from server")


REFUSALS = [
    *(redirect(code) for code in (301, 302, 303, 307, 308)),
    Case("300 without a place", Attack(lambda peer, *_: peer.send(whole(300, b"")))),
    Case("401 for ever", status(401, "WWW-Authenticate: Basic realm=x", reason="Unauthorized"), says="must be logged in"),
    Case("403", status(403, reason="Forbidden", message="no"), EITHER, says="Forbidden"),
    Case("407", status(407, "Proxy-Authenticate: Basic realm=x")),
    Case("409 for ever", status(409, reason="Conflict", message="again"), says="Conflict|changing", writes=5, seconds=20),
    Case("410 for ever", status(410, reason="Expired", message="too old"), says="Expired"),
    Case("422", status(422, reason="Invalid", message="no", details={"kind": ESCAPES, "name": "a\nb", "causes": [
        {"field": ESCAPES, "message": "x\ny"}] * 50}), says="."),
    Case("a Status of success that is a failure", status(200, reason="Forbidden", message="no", metadata={}), EITHER),
    Case("a Status with nonsense", Attack(lambda peer, *_: peer.send(whole(500, json.dumps(
        {"kind": "Status", "code": "x", "reason": 7, "message": [1], "details": "d"}).encode())))),
    Case("a Status of code -1", Attack(lambda peer, *_: peer.send(
        whole(500, b'{"kind":"Status","code":-1,"message":"m"}')))),
    Case("a Status with escapes", status(400, reason=ESCAPES, message=f"a{ESCAPES}\nerror: b\r\x1b[1A")),
    # Each of its runs prints 1 MB: on a busy machine, `watch` takes longer than usual to give up.
    Case("a Status of 1 MB", status(400, reason="BadRequest", message="m" * (MIB - 1000)), watched=8),
    Case("a Status larger than 1 MB", status(400, message="m" * 2 * MIB), says="larger than"),
    Case("a refusal that never ends", raw(head(503) + b"\r\n", b"x" * 65536), says="larger than"),
    Case("500 with escapes as text", raw(head(500, "Content-Type: text/plain") + b"\r\n\x1b[31m\xff\xfe\x9b2J")),
    Case("the credential in a Status", echo(lambda credential, _: whole(400, json.dumps(
        {"kind": "Status", "code": 400, "reason": "BadRequest", "message": f"not with {credential}"}).encode()))),
    Case("the credential as text", echo(lambda credential, _: whole(
        500, f"Authorization: {credential}".encode(), "Content-Type: text/plain"))),
    Case("the credential in fields", echo(lambda credential, body: whole(
        200, body, f"X-Echo: {credential}", f'Warning: 299 - "not with {credential}"')), SERVES, ANSWERS),
    Case("the credential as a type", echo(lambda credential, _: whole(200, b"<p>", f"Content-Type: {credential}")), stages=ANSWERS,
         says="cannot read the server's answer"),
    Case("204", Attack(lambda peer, *_: peer.send(head(204) + b"\r\n")), stages=ANSWERS),
    Case("206", Attack(lambda peer, *_: peer.send(whole(206, b'{"kind":', "Content-Range: bytes 0-7/99"))), stages=ANSWERS),
    Case("304", Attack(lambda peer, *_: peer.send(head(304) + b"\r\n"))),
    Case("status 000", raw(b"HTTP/1.1 000 X\r\n\r\n{}"), EITHER),
    Case("status 999", raw(b"HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\n{}")),
    Case("status of words", raw(b"HTTP/1.1 OK OK\r\n\r\n{}"), EITHER),
    Case("Retry-After: 1e9", retry("1000000000"), says="TooManyRequests|busy"),
    Case("Retry-After: past 64 bits", retry("9" * 40), says="TooManyRequests|busy"),
    Case("Retry-After: negative", retry("-5"), says="TooManyRequests|busy"),
    Case("Retry-After: a date", retry("Fri, 31 Dec 9999 23:59:59 GMT"), says="TooManyRequests|busy"),
    Case("Retry-After: 0 for ever", retry("0"), says="TooManyRequests|busy", writes=11),
    Case("a proxy's 502 of 9999, then good answers", wrongly_dated("Fri, 31 Dec 9999 23:59:59 GMT"), EITHER, (LIST, REPLICASETS)),
    Case("a proxy's 502 of 1970, then good answers", wrongly_dated("Thu, 01 Jan 1970 00:00:00 GMT"), EITHER, (LIST, REPLICASETS)),
    Case("503 and Retry-After: 0 for ever", retry("0", 503), stages=ANSWERS, says="Error from server"),
]

CASES = [replace(case, writes_of_watch=5 * case.writes) for case in REFUSALS]

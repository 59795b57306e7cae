"""Answers whose framing is wrong, without end, or too large."""

from attacks.bodies import GZIP
from case import ANSWERS, EITHER, SERVES, Case
from server import Attack, head, whole
import json

MIB = 1 << 20


def raw(data: bytes, more: bytes = b"", pause=0.0, holds=False) -> Attack:
    """Sends `data`, then `more` for ever if there is any."""
    def answer(peer, request, cluster):
        peer.send(data)
        if more:
            peer.flood(more, pause)
        if holds:
            peer.hold()
    return Attack(answer)


def framed(frame) -> Attack:
    """`frame` makes all of the answer from the honest body."""
    def answer(peer, request, cluster):
        peer.send(frame(json.dumps(cluster.answer(request)[1]).encode()))
    return Attack(answer)


def length(text) -> Attack:
    """The honest body under a wrong Content-Length, then the end of the connection."""
    return framed(lambda body: head(200, f"Content-Length: {text(len(body))}") + b"\r\n" + body)


def chunked(body: bytes, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    chunks = b"".join(b"1" + extension + b"\r\n" + body[i:i + 1] + b"\r\n" for i in range(len(body)))
    return head(200, "Transfer-Encoding: chunked") + b"\r\n" + chunks + b"0\r\n" + trailer + b"\r\n"


CHUNKED = head(200, "Transfer-Encoding: chunked") + b"\r\n"
LOST = "Unable to connect to the server: "

CASES = [
    Case("a length too large", length(lambda n: n + 9), says="unexpected EOF", stages=ANSWERS),
    Case("a length too small", length(lambda n: n - 9), says="ends in the middle|cannot|is no|missing", stages=ANSWERS),
    Case("a negative length", length(lambda n: -1), EITHER, ANSWERS),
    Case("a length past 64 bits", length(lambda n: 1 << 70), EITHER, ANSWERS),
    Case("a length of words", length(lambda n: "many"), EITHER, ANSWERS),
    Case("two lengths", framed(lambda body: head(200, "Content-Length: 5", f"Content-Length: {len(body)}") + b"\r\n" + body),
         EITHER, ANSWERS),
    Case("a byte a chunk, with extensions", framed(lambda body: chunked(body, b';a="b;c"')), SERVES, ANSWERS),
    Case("a trailer", framed(lambda body: chunked(body, trailer=b"Set-Cookie: a=b\r\nDate: x\r\n")), SERVES, ANSWERS),
    Case("a chunk past 64 bits", raw(CHUNKED + b"F" * 17 + b"\r\n{"), says=LOST),
    Case("a chunk without a size", raw(CHUNKED + b"xyz\r\n{"), says=LOST),
    Case("a chunk extension for ever", raw(CHUNKED + b"1;a=", b"x" * 4096), says=LOST, stages=ANSWERS),
    Case("trailers for ever", raw(CHUNKED + b'2\r\n{}\r\n0\r\n', b"A: b\r\n" * 500), stages=ANSWERS),
    Case("empty chunks cut off", raw(CHUNKED + b"2\r\n{}\r\n"), EITHER, ANSWERS),
    Case("a byte a second", raw(CHUNKED, b"1\r\n \r\n", 1.0), says="timed out", stages=ANSWERS),
    Case("a head of a byte a second", raw(b"HTTP/1.1 200 OK\r\nA: ", b"x", 1.0), says="timed out", stages=ANSWERS),
    Case("a field of 2 MB", raw(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 2 * MIB + b"\r\n\r\n{}"), says=LOST),
    Case("fields for ever", raw(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 500), says=LOST),
    Case("300 fields", framed(lambda body: whole(200, body, *(f"X-{i}: {'y' * 50}" for i in range(300)))), SERVES, ANSWERS),
    Case("a field without a colon", framed(lambda body: whole(200, body, "no colon", ": no name")), EITHER, ANSWERS),
    Case("folded fields", framed(lambda body: whole(200, body, "A: b", " c", "\td")), EITHER, ANSWERS),
    Case("NUL in a field", raw(b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n{}"), EITHER, ANSWERS),
    Case("escapes in a type", raw(b"HTTP/1.1 200 OK\r\nContent-Type: a\x1b[31mb\r\n\r\nx"), says="not"),
    Case("a warning with escapes", framed(lambda body: whole(200, body, 'Warning: 299 - "a\x1b[31m\x9bb"')), SERVES, ANSWERS),
    Case("a thousand warnings",
         framed(lambda body: whole(200, body, *(f'Warning: 299 - "warning {i}"' for i in range(1000)))), SERVES, ANSWERS),
    Case("a date in 0001", framed(lambda body: whole(200, body).replace(b"Date: ", b"Date: Mon, 01 Jan 0001 00:00:00 GMT\r\nX: ")),
         EITHER, ANSWERS),
    Case("a date in 9999", framed(lambda body: whole(200, body).replace(b"Date: ", b"Date: Fri, 31 Dec 9999 23:59:59 GMT\r\nX: ")),
         EITHER, ANSWERS),
    Case("not HTTP", raw(b"SSH-2.0-OpenSSH_9.2\r\n"), says=LOST),
    Case("HTTP/0.9", raw(b'{"kind":"RolloutList","items":[]}'), says=LOST),
    Case("HTTP/3.7", raw(b"HTTP/3.7 200 OK\r\n\r\n{}"), says=LOST),
    Case("100 Continue for ever", raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), says=LOST),
    Case("103 Early Hints", framed(lambda body: b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + whole(200, body)), SERVES,
         ANSWERS),
    Case("101 Switching Protocols", raw(b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", holds=True),
         stages=ANSWERS),
    Case("an answer nobody asked for", framed(lambda body: whole(200, body) + whole(200, b'{"kind":"Evil"}')), SERVES, ANSWERS),
    Case("a bomb in a refusal", raw(head(500, GZIP) + b"\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\0" * 4096)),
]

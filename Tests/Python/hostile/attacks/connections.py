"""Connections that end at each stage, and TLS that is not as it should be."""

from attacks.framing import LOST, raw
from case import Case
from cluster import LIST, WATCH
from server import Attack, head

CHUNKED = head(200, "Transfer-Encoding: chunked") + b"\r\n"


def closing(peer):
    """Returning is the end."""


def after_hello(end) -> Attack:
    def greet(peer):
        peer.connection.recv(64)
        end(peer)
    return Attack(greet=greet)


def resetting(data: bytes) -> Attack:
    def answer(peer, request, cluster):
        peer.send(data)
        peer.reset()
    return Attack(answer)


def sending(data: bytes) -> Attack:
    return Attack(greet=lambda peer: peer.send(data))


#: Seconds that the certificate `ending` is valid.
ENDING = 5

#: A fatal TLS alert: internal error.
ALERT = bytes([21, 3, 3, 0, 2, 2, 80])

def until_it_ends(peer, request, cluster):
    """A stream that breaks once the certificate has run out: the next connection meets the one that has."""
    peer.send(head(200) + b"\r\n")
    peer.over.wait(ENDING + 1)


CASES = [
    Case("a certificate that ends under a watch", Attack(until_it_ends, certificate="ending"), stages=(WATCH,),
         says="certificate has expired", watched=ENDING + 4, patient=True),
    Case("a byte a second, to who gives no time-out", raw(CHUNKED, b"1\r\n \r\n", 1.0), says="timed out", stages=(LIST,),
         only="^list -A", timeout=None, seconds=130),
    Case("silence, to who gives no time-out", Attack(lambda peer, *_: peer.hold()), says="timed out", stages=(LIST,),
         only="^list -A", timeout=None, seconds=130),
    Case("a handshake record without end, to who gives no time-out",
         Attack(greet=lambda peer: peer.flood(b"\x16\x03\x03\x40\x00" + bytes(16384))),
         says="timed out", stages=(LIST,), only="^list -A", timeout=None, seconds=130, cpu=130),

    Case("closed once it is made", Attack(greet=closing), stages=(LIST,), says=LOST),
    Case("reset once it is made", Attack(greet=lambda peer: peer.reset()), stages=(LIST,), says=LOST),
    Case("silent once it is made", Attack(greet=lambda peer: peer.hold()), stages=(LIST,), says="timed out"),
    Case("closed in the handshake", after_hello(closing), stages=(LIST,), says=LOST),
    Case("reset in the handshake", after_hello(lambda peer: peer.reset()), stages=(LIST,), says=LOST),
    Case("silent in the handshake", after_hello(lambda peer: peer.hold()), stages=(LIST,), says="timed out"),
    Case("an alert instead of a handshake", sending(ALERT), stages=(LIST,), says="tls: "),
    Case("plain HTTP on the port", sending(b"HTTP/1.1 400 Bad Request\r\n\r\n"), stages=(LIST,), says="does not speak TLS"),
    Case("garbage instead of a handshake", sending(bytes(range(256)) * 16), stages=(LIST,), says=LOST),
    Case("a handshake record without end", Attack(greet=lambda peer: peer.flood(b"\x16\x03\x03\x40\x00" + bytes(16384))),
         stages=(LIST,), says="timed out", watched=6, cpu=8),
    Case("closed after the handshake", Attack(welcome=closing), stages=(LIST,), says=LOST),
    Case("reset after the handshake", Attack(welcome=lambda peer: peer.reset()), stages=(LIST,), says=LOST),
    Case("an answer before the request", Attack(welcome=lambda peer: peer.send(head(200) + b"\r\n{}")), stages=(LIST,)),
    Case("a certificate of another authority", Attack(certificate="stranger"), stages=(LIST,), says="unknown authority"),
    Case("a certificate for another host", Attack(certificate="named"), stages=(LIST,), says="it doesn't contain any IP SANs"),
    Case("an expired certificate", Attack(certificate="expired"), stages=(LIST,), says="certificate has expired"),
    Case("silent after the request", Attack(lambda peer, *_: peer.hold()), says="timed out",
         stages=("list", "get", "replicasets", "patch")),
    Case("closed after the request", raw(b""), says=LOST),
    Case("closed in the status line", raw(b"HTTP/1.1 20"), says=LOST),
    Case("closed in the head", raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), says=LOST),
    Case("closed in the body", raw(CHUNKED + b'10\r\n{"kind":"'), says=LOST),
    Case("reset after the request", resetting(b""), says=LOST),
    Case("reset in the head", resetting(b"HTTP/1.1 200 OK\r\nContent-Ty"), says=LOST),
    Case("reset in the body", resetting(CHUNKED + b'10\r\n{"kind":"'), says=LOST),
]

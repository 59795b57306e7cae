"""HTTP/2 that is misused. Frames are written by hand; what the client says is only read as far as its first request."""

import struct

from attacks.framing import LOST
from case import Case
from cluster import LIST
from server import Attack

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
#: `:status: 200` and `:status: 500` in HPACK's static table.
OK, FAILED = b"\x88", b"\x8e"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def speaking(*frames: bytes, more: bytes = b"", holds=False) -> Attack:
    """Sends `frames` once a request has come, then `more` for ever."""
    def welcome(peer):
        peer.send(frame(SETTINGS, 0, 0))
        asked = b""
        while frame(HEADERS, 0, 1)[3:4] not in asked[24:] and len(asked) < 65536 and (part := peer.connection.recv(65536)):
            asked += part
        for one in frames:
            peer.send(one)
        if more:
            peer.flood(more)
        if holds:
            peer.hold()
    return Attack(welcome=welcome, protocols=("h2",))


def at_list(name: str, attack: Attack, outcome="fails", says=LOST, **bounds) -> Case:
    # A watch uses only HTTP/1.1, and so does a list from the API server's cache.
    return Case(f"HTTP/2: {name}", attack, outcome, (LIST,), says, only="^(list -n|restart)", **bounds)


CASES = [
    at_list("GOAWAY", speaking(frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)))),
    at_list("GOAWAY and silence", speaking(frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)), holds=True)),
    at_list("RST_STREAM", speaking(frame(RST_STREAM, 0, 1, struct.pack(">I", 2)), holds=True)),
    at_list("RST_STREAM in the body", speaking(
        frame(HEADERS, 4, 1, OK), frame(DATA, 0, 1, b'{"items":['), frame(RST_STREAM, 0, 1, struct.pack(">I", 8)), holds=True)),
    at_list("an end in the body", speaking(frame(HEADERS, 4, 1, OK), frame(DATA, 1, 1, b'{"items":['), holds=True),
            says="ends in the middle"),
    at_list("a refusal without a body", speaking(frame(HEADERS, 5, 1, FAILED), holds=True), says="Error from server"),
    at_list("a frame larger than allowed", speaking(frame(HEADERS, 4, 1, OK) + frame(DATA, 0, 1, b" " * (1 << 20)), holds=True), says="."),
    at_list("SETTINGS for ever", speaking(more=frame(SETTINGS, 0, 0, b"\0\3\0\0\0\1") * 100)),
    at_list("PING for ever", speaking(more=frame(PING, 0, 0, bytes(8)) * 100)),
    at_list("CONTINUATION for ever", speaking(frame(HEADERS, 0, 1, OK), more=frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 50))),
    # libcurl keeps reading while data arrives, up to the time limit and beyond.
    at_list("empty DATA for ever", speaking(frame(HEADERS, 4, 1, OK), more=frame(DATA, 0, 1) * 100), cpu=6.0),
    at_list("DATA on a stream nobody opened", speaking(frame(DATA, 0, 7, b"x"), holds=True)),
    at_list("HTTP/1.1 in spite of h2", Attack(
        welcome=lambda peer: peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), protocols=("h2",))),
]

"""Watches that are none."""

import json

from attacks.bodies import ESCAPES, HUGE, MIB
from case import EITHER, SERVES, Case
from cluster import WATCH
from server import Attack, head


def event(kind: str, /, **fields) -> bytes:
    return json.dumps({"type": kind, "object": fields}).encode() + b"\n"


def streaming(*events: bytes, more: bytes = b"", holds=True) -> Attack:
    def answer(peer, request, cluster):
        peer.send(head() + b"\r\n" + b"".join(events))
        if more:
            peer.flood(more)
        if holds:
            peer.hold()
    return Attack(answer)


def changing(**changes) -> Attack:
    """The Rollout as it is, but for `changes`, again and again."""
    def answer(peer, request, cluster):
        peer.send(head() + b"\r\n")
        peer.flood(event("MODIFIED", **cluster.rollout(**changes)), 0.01)
    return Attack(answer)


def at_watch(name: str, attack: Attack, outcome=EITHER, **others) -> Case:
    return Case(f"watch: {name}", attack, outcome, (WATCH,), **others)


BOOKMARK = event("BOOKMARK", metadata={"resourceVersion": "9"})
GONE = event("ERROR", kind="Status", code=410, reason="Expired", message="too old resource version")

CASES = [
    at_watch("an event without type", streaming(b'{"object":{}}\n'), says="no watch event"),
    at_watch("an event of an unknown type", streaming(event(f"{ESCAPES}")), says="unknown type"),
    at_watch("an event whose object is text", streaming(b'{"type":"ADDED","object":"x"}\n'), says="no watch event"),
    at_watch("an event without an end", streaming(b'{"type":"ADDED","object":{"a":"', more=b"x" * 65536), memory=192),
    at_watch("a list", streaming(b'{"kind":"RolloutList","items":[]}\n'), says="list, not a watch"),
    at_watch("a page", streaming(b"<html>"), says="not a JSON object"),
    at_watch("410 each time", streaming(GONE, holds=False)),
    at_watch("an ERROR of nonsense", streaming(event("ERROR", kind=ESCAPES, message=HUGE), holds=False)),
    at_watch("an end at once, each time", streaming(holds=False)),
    at_watch("an event and an end, each time", streaming(BOOKMARK, holds=False)),
    at_watch("bookmarks for ever", streaming(more=BOOKMARK * 100), SERVES),
    at_watch("garbage of objects for ever", streaming(more=event("MODIFIED", metadata={"name": 7}) * 50)),
    at_watch("ever new garbage", Attack(lambda peer, *_: [peer.send(head() + b"\r\n"), *(
        peer.send(event("MODIFIED", metadata={"name": f"{number}{'x' * 2000}", "generation": "x"}))
        for number in range(1 << 40))])),
    at_watch("a bookmark of 1 MB", streaming(event("BOOKMARK", metadata={"resourceVersion": "9" * MIB}), holds=False)),
    at_watch("a deletion of what never was", streaming(event("DELETED", metadata={"name": ESCAPES, "namespace": "x"})), SERVES),
    at_watch("names with escapes", changing(metadata={"name": ESCAPES, "uid": "other"}), SERVES),
    at_watch("an ever new time-out", changing(metadata={"resourceVersion": "10"}), SERVES),
    at_watch("another uid under the same name", changing(metadata={"uid": "another"}), SERVES),
]

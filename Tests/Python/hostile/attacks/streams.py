"""Watches that are none."""

import json

from attacks.bodies import ESCAPES, HUGE, MIB
from attacks.framing import CHUNKED, raw
from case import FAILS, SERVES, Case
from cluster import STREAMED, WATCH
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


def at_watch(name: str, attack: Attack, says: str = "", **others) -> Case:
    """`says` is what it must speak of; nothing is wrong without it."""
    return Case(f"watch: {name}", attack, FAILS if says else SERVES, (WATCH,), **({"says": says} if says else {}), **others)


def at_list(name: str, attack: Attack, **others) -> Case:
    """Instead of a streaming list; there is always the other one."""
    return Case(f"streamed list: {name}", attack, SERVES, (STREAMED,), **others)


BOOKMARK = event("BOOKMARK", metadata={"resourceVersion": "9"})
ADDED = event("ADDED", metadata={"name": "y", "namespace": "shop", "uid": "u"})
GONE = event("ERROR", kind="Status", code=410, reason="Expired", message="too old resource version")
NOT_READ = "cannot read the server's answer to rollouts.argoproj.io: "

CASES = [
    at_watch("an event without type", streaming(b'{"object":{}}\n'), f"{NOT_READ}it is not a watch event"),
    at_watch("an event of an unknown type", streaming(event(f"{ESCAPES}")), f"{NOT_READ}it is not a watch event"),
    at_watch("an event whose object is text", streaming(b'{"type":"ADDED","object":"x"}\n'), f"{NOT_READ}it is not a watch event"),
    at_watch("an event without an end", streaming(b'{"type":"ADDED","object":{"a":"', more=b"x" * 65536),
             f"{NOT_READ}an object is larger than 16 MiB", memory=192),
    at_watch("a list", streaming(b'{"kind":"RolloutList","items":[]}\n'), f"{NOT_READ}it is a list, not a watch"),
    at_watch("a page", streaming(b"<html>"), f"{NOT_READ}it is application/json, not a JSON object"),
    at_watch("a byte a second", raw(CHUNKED, b"1\r\n \r\n", 1.0)),
    at_watch("410 each time", streaming(GONE, holds=False)),
    at_watch("an ERROR of nonsense", streaming(event("ERROR", kind=ESCAPES, message=HUGE), holds=False),
             r"Error from server \(InternalError\)"),
    at_watch("an end at once, each time", streaming(holds=False)),
    at_watch("an event and an end, each time", streaming(BOOKMARK, holds=False)),
    at_watch("bookmarks for ever", streaming(more=BOOKMARK * 100)),
    at_watch("garbage of objects for ever", streaming(more=event("MODIFIED", metadata={"name": 7}) * 50),
             "cannot read Rollout : metadata.name is not a string", cpu=4),
    at_watch("ever new garbage", Attack(lambda peer, *_: [peer.send(head() + b"\r\n"), *(
        peer.send(event("MODIFIED", metadata={"name": f"{number}{'x' * 2000}", "generation": "x"}))
        for number in range(1 << 40))]), "cannot read Rollout 0xxx", cpu=4),
    at_watch("a bookmark of 1 MB", streaming(event("BOOKMARK", metadata={"resourceVersion": "9" * MIB}), holds=False), "ERROR"),
    at_watch("a deletion of what never was", streaming(event("DELETED", metadata={"name": ESCAPES, "namespace": "x"})),
             "that is not the name of an object"),
    at_watch("names with escapes", changing(metadata={"name": ESCAPES, "uid": "other"}), "that is not the name of an object"),
    at_watch("invalid UTF-8 in a message", streaming(
        json.dumps({"type": "MODIFIED", "object": {"metadata": {"name": "y", "namespace": "shop", "uid": "u"}, "status": {
            "phase": "Degraded", "message": "ProgressDeadlineExceeded \udcff\udcfe"}}}, ensure_ascii=False)
        .encode("utf-8", "surrogateescape") + b"\n"), "cannot read Rollout shop/y: "),
    at_watch("an ever new time-out", changing(metadata={"resourceVersion": "10"})),
    at_watch("another uid under the same name", changing(metadata={"uid": "another"})),
    at_list("silence", streaming(), watched=13),
    at_list("an end at once", streaming(holds=False)),
    at_list("objects and an end", streaming(ADDED, holds=False)),
    at_list("objects for ever", streaming(more=ADDED * 100), cpu=4),
    at_list("bookmarks for ever", streaming(more=BOOKMARK * 100)),
    at_list("a deletion", streaming(ADDED, event("DELETED", metadata={"name": "y", "namespace": "shop"}))),
    at_list("410", streaming(GONE, holds=False)),
    at_list("an ERROR of nonsense", streaming(event("ERROR", kind=ESCAPES, message=HUGE), holds=False)),
    at_list("an end without a version", streaming(
        event("BOOKMARK", metadata={"annotations": {"k8s.io/initial-events-end": "true"}}))),
    at_list("a page", streaming(b"<html>")),
    at_list("an event without an end", streaming(b'{"type":"ADDED","object":{"a":"', more=b"x" * 65536), memory=192),
]

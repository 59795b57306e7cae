"""Answers that are well framed, and hold what no API server would send."""

import gzip
import json
import zlib

from case import ANSWERS, EITHER, FAILS, LISTS, SERVES, Case
from cluster import GET, LIST, NAMESPACE, PATCH, listed
from server import Attack, head, whole

MIB = 1 << 20


def answering(make, *fields, status=200) -> Attack:
    """`make` gives the body, as text or bytes, from the honest answer as text."""
    def answer(peer, request, cluster):
        body = make(json.dumps(cluster.answer(request)[1]))
        peer.send(whole(status, body if isinstance(body, bytes) else body.encode(), *fields))
    return Attack(answer)


def replacing(old: str, new: str) -> Attack:
    def make(text: str) -> str:
        assert old in text, f"{old} is not in the honest answer"
        return text.replace(old, new)
    return answering(make)


def rollout(name: str = "", **changes) -> Attack:
    """A Rollout like the honest one but for `changes`; in a list where one is asked for."""
    def answer(peer, request, cluster):
        found = cluster.answer(request)[1]
        one = cluster.rollout(**({"name": name} if name else {}), **changes)
        body = listed("Rollout", [one]) if "items" in found else one
        peer.send(whole(200, json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogateescape")))
    return Attack(answer)


def endless(first: bytes, more: bytes) -> Attack:
    def answer(peer, request, cluster):
        peer.send(head() + b"\r\n" + first)
        peer.flood(more)
    return Attack(answer)


def paging(token) -> Attack:
    """A list that is never at its end; `token` makes the next one from a number."""
    pages = iter(range(1 << 60))
    def answer(peer, request, cluster):
        peer.send(whole(200, json.dumps(listed("Rollout", [], **{"continue": token(next(pages))})).encode()))
    return Attack(answer)


def bomb(size: int) -> bytes:
    """`size` bytes of blanks, as gzip makes them small."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(b" " * MIB) for _ in range(size // MIB)), packer.flush()])


HEALTHY = json.dumps({"metadata": {"name": "x", "namespace": NAMESPACE}, "status": {"phase": "Healthy"}}).encode()
DEEP = "[" * 10_000 + "]" * 10_000
ESCAPES = "a\x1b[2J\x1b]0;t\x07\u009b31m\u202eb\x7f"
#: Characters that can be told apart only by scanning all before them.
FLAGS = "\U0001f1e6" * 100_000
ITEMS = b'{"kind":"RolloutList","items":['
HUGE = "9" * MIB
GZIP = "Content-Encoding: gzip"

CASES = [
    Case("no body", answering(lambda _: ""), stages=ANSWERS, says="cannot read the server's answer"),
    Case("only blanks", answering(lambda _: " " * 4096), stages=ANSWERS, says="cannot read the server's answer"),
    Case("a login page", answering(lambda _: "<html>\x1b[31mlog in</html>", "Content-Type: text/html"),
         says="it is text/html, not"),
    Case("blanks for ever", endless(b"", b" " * 65536), says="timed out|larger than", stages=ANSWERS),
    Case("items for ever", endless(ITEMS + HEALTHY, b"," + HEALTHY), says="timed out", stages=(LIST,)),
    Case("a string for ever", endless(b'{"a":"', b"x" * 65536), says="larger than|timed out", memory=192),
    Case("keys for ever", endless(b"{", b'"a":1,' * 9000), says="larger than|timed out", memory=192),
    Case("brackets for ever", endless(b'{"a":', b"[" * 65536), says="nested|larger than|timed out", memory=192),
    Case("10,000 nested arrays", answering(lambda _: f'{{"kind":"Rollout","metadata":{DEEP}}}')),
    Case("an item of 10,000 nested arrays", answering(lambda _: f'{{"items":[{{"spec":{DEEP}}}]}}'), stages=LISTS,
         says="nested more than"),
    Case("flags for texts", rollout(status={"message": "ProgressDeadlineExceeded: " + FLAGS, "stableRS": FLAGS}), SERVES, (LIST,),
         shown=True),
    Case("a number of 1 MB for replicas", replacing('"replicas": 2', f'"replicas": {HUGE}'), stages=ANSWERS),
    Case("a number of 1 MB that nobody reads", replacing('"kind": "', f'"x": {HUGE}, "kind": "'), EITHER,
         stages=ANSWERS),
    Case("replicas of 1e400", replacing('"replicas": 2', '"replicas": 1e400'), stages=ANSWERS),
    Case("replicas of 2.5", replacing('"replicas": 2', '"replicas": 2.5'), stages=ANSWERS),
    Case("negative replicas", replacing('"replicas": 2', '"replicas": -9223372036854775808'), SERVES, ANSWERS),
    Case("negative replicas in a list", rollout(spec={"replicas": -1}), SERVES, (LIST,), writes=0, shown=True),
    Case("no replicas in a list", rollout(spec={"replicas": 0}), SERVES, (LIST,), writes=0, shown=True),
    # Which of two equal keys counts is undefined; nothing of the other may be written to.
    Case("duplicate keys", replacing('"kind": "', '"kind": "Rollout", "metadata": {"name": "other"}, "kind": "'), EITHER, ANSWERS,
         shown=True),
    Case("duplicate replicas", replacing('"replicas": 2', '"replicas": 0, "replicas": 2'), EITHER, (LIST, GET), shown=True),
    Case("items twice", replacing('"items": [', '"items": [], "items": ['), SERVES, LISTS),
    Case("items that are text", answering(lambda _: '{"kind":"RolloutList","items":"x"}'), EITHER, LISTS),
    Case("items that are an object", answering(lambda _: '{"kind":"RolloutList","items":{"a":{"metadata":{"name":"x"}}}}'),
         EITHER, LISTS),
    Case("items under an escaped key", replacing('"items": [', '"it\\u0065ms": ['), EITHER, LISTS),
    Case("no items", answering(lambda _: '{"kind":"RolloutList","metadata":{}}'), EITHER, LISTS),
    Case("items that are numbers", answering(lambda _: '{"kind":"RolloutList","items":[1,[2],null,"x"]}'), FAILS, LISTS,
         "one of its items is not an object"),
    Case("an item without a name", answering(lambda _: '{"kind":"List","items":[{"status":{"message":"ProgressDeadlineExceeded"}}]}'), stages=LISTS),
    Case("invalid UTF-8 in a name", rollout("w\udcff\udcfeb"), EITHER, (LIST, GET, PATCH), writes=0, shown=True),
    Case("invalid UTF-8 in a message", rollout(status={"message": "ProgressDeadlineExceeded \udcff\udcfe"}), EITHER,
         (LIST, GET), shown=True),
    Case("invalid UTF-8 in a label", rollout(metadata={"labels": {"app\udcff": "\udcfe"}}), EITHER, (LIST, GET), shown=True),
    Case("terminal escapes in a name", rollout(ESCAPES), FAILS, (LIST, GET, PATCH), "not the name of an object", writes=0,
         shown=True),
    Case("terminal escapes in a message",
         rollout(status={"message": f"ProgressDeadlineExceeded{ESCAPES}"}), SERVES, (LIST,), shown=True),
    Case("terminal escapes everywhere else", rollout(
        metadata={"labels": {ESCAPES: ESCAPES}, "annotations": {ESCAPES: ESCAPES}},
        spec={"strategy": {"canary": {"steps": [{"setWeight": ESCAPES}]}}}, status={"currentPodHash": ESCAPES, "selector": ESCAPES}),
        EITHER, (LIST, GET), shown=True),
    Case("a name that is a path", rollout("../../secrets/x"), FAILS, (LIST, GET, PATCH), "not the name of an object", writes=0),
    Case("another namespace than the one asked for", rollout(metadata={"namespace": "kube-system"}),
         FAILS, (LIST, GET), "was asked for", only="-n shop", writes=0),
    Case("dates in 0001", rollout(spec={"restartAt": "0001-01-01T00:00:00Z"}), SERVES, (LIST,), shown=True),
    Case("dates in 9999", rollout(spec={"restartAt": "9999-12-31T23:59:59Z"}), SERVES, (LIST,), writes=0, shown=True),
    Case("dates that are none", rollout(spec={"restartAt": "soon"}), SERVES, (LIST,), writes=0),
    Case("a resourceVersion of 1 MB", rollout(metadata={"resourceVersion": "7" * MIB}), EITHER, (LIST,)),
    Case("a list's resourceVersion of 1 MB", answering(lambda _: json.dumps(listed("R", [], resourceVersion=HUGE))),
         EITHER, (LIST,)),
    Case("the same page for ever", paging(lambda _: "t"), stages=(LIST,), says="the same page for ever"),
    Case("empty pages for ever", paging(str), stages=(LIST,), says="pages of it are empty"),
    Case("a token of 1 MB", paging(lambda page: f"{page}" + "t" * MIB), EITHER, (LIST,)),
    Case("the same Rollout a hundred times", answering(lambda text: json.dumps(
        listed("Rollout", json.loads(text)["items"] * 100))), SERVES, (LIST,)),
    Case("a gzip bomb", answering(lambda _: bomb(512 * MIB), GZIP), stages=ANSWERS, says="timed out|larger|cannot read"),
    Case("gzip that is none", answering(lambda _: b"\x1f\x8b\x08 no", GZIP), stages=ANSWERS, says="gzip"),
    Case("gzip cut off", answering(lambda text: gzip.compress(text.encode())[:-12], GZIP), EITHER, ANSWERS),
    Case("an unknown encoding", answering(lambda text: text, "Content-Encoding: zstd"), EITHER, ANSWERS),
]

"""What a case is: files, environment and flags for both programs, and what must come of them.

Texts in files, flags, environment and expectations may hold the placeholders of `workspace.placeholders`, as @SERVER@.
"""

from dataclasses import dataclass, field
from typing import Mapping

from chains import Made

#: `kubectl get --raw PATH`: one request, no discovery. Does not test namespace and path.
RAW = "raw"
#: `kubectl get rollouts.argoproj.io`: with discovery; compares the path, and errors are those of a list.
LIST = "list"

#: Part of every secret in the cases: output of ours that contains it, plain or in base64, fails the case.
SECRET = "s3cr3t-w0rd"


@dataclass(frozen=True)
class Arrives:
    """The request reaches the API server and the program ends well. `facts` must be among what is recorded of it, and
    stderr must say `says`.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    requests: int = 1
    says: str = ""


@dataclass(frozen=True)
class Fails:
    """The request reaches the API server, and its answer makes the program fail with these words on stderr."""

    says: str
    status: int | None = None
    requests: int = 1


@dataclass(frozen=True)
class Refused(Fails):
    """The program fails with these words on stderr, and no request for Rollouts reaches the API server."""

    requests: int = 0


Expectation = Arrives | Fails


def arrives(requests: int = 1, says: str = "", **facts) -> Arrives:
    return Arrives(facts, requests, says)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of the API server to the request for Rollouts."""

    status: int = 200
    body: str | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Seconds.
    delay: float = 0


@dataclass(frozen=True)
class Link:
    """A symbolic link in place of a file."""

    target: str


@dataclass(frozen=True)
class Encoded:
    """A text file in another encoding than UTF-8."""

    text: str
    encoding: str


@dataclass(frozen=True)
class Case:
    """One situation.

    `expect` holds for kubectl from minor version `since` on (the lowest one that was tried, or that is known to), and
    for ours too, unless `ours` is given: then the two differ on purpose, and `differs` is the id of the row in
    docs/kubectl-differences.md. `bug` says in a line what is wrong with ours: the case must fail as long as that
    stands.
    """

    name: str
    expect: Expectation
    files: Mapping[str, str | bytes | Link | Encoded] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ask: str | None = None
    since: int = 20
    ours: Expectation | None = None
    differs: str | None = None
    bug: str | None = None
    certificate: str | None = "server"
    #: Instead of `certificate`: the server's own, followed by what it sends beside it.
    served: tuple[Made, ...] = ()
    #: What is in the file @ROOTS@; text is written as it is.
    roots: tuple[Made | str, ...] = ()
    #: How that file is changed, a key of `workspace.FILTERS`.
    roots_filter: str | None = None
    answers: tuple[Answer, ...] = (Answer(),)
    proxy: str | None = None
    terminal: bool = False
    #: Recorded properties that are not compared here; the reason is given next to the case.
    ignore: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """A list where words on stderr count, unless the case says: kubectl words some errors of --raw otherwise."""
        return self.ask or (LIST if isinstance(self.expect, Fails) and self.expect.says else RAW)

"""One attack, where it applies, and what must come of it."""

from dataclasses import dataclass

from cluster import GET, LIST, PATCH, REPLICASETS, WATCH
from server import Attack

#: The command must fail and say why; must not notice; may do either.
FAILS, SERVES, EITHER = "fails", "serves", "either"


@dataclass(frozen=True)
class Command:
    """A command, and the one of its requests that meets the attack."""

    words: str
    stage: str
    #: A watch goes on until it is told to end.
    goes_on: bool = False
    #: Meets only what is about how things are shown.
    shows: bool = False

    @property
    def name(self) -> str:
        return f"{self.words} at {self.stage}"


COMMANDS = (
    Command("list -n shop", LIST),
    Command("list -A", LIST),
    Command("list -n shop", REPLICASETS),
    Command("restart -n shop --settle 0s", LIST),
    Command("restart -n shop --settle 0s", PATCH),
    Command("restart -n shop --settle 0s --wait --timeout 3s", GET),
    Command("watch -n shop", LIST, goes_on=True),
    Command("watch -n shop", WATCH, goes_on=True),
    Command("watch -A --heal --settle 0s", LIST, goes_on=True),
    Command("watch -A --heal --settle 0s", WATCH, goes_on=True),
    Command("watch -A --heal --settle 0s", REPLICASETS, goes_on=True),
    Command("watch -A --heal --settle 0s", PATCH, goes_on=True),
    Command("list -n shop -o json", LIST, shows=True),
    Command("list -n shop -o yaml", LIST, shows=True),
    Command("list -n shop -o wide", LIST, shows=True),
    Command("list -n shop --contexts x", LIST, shows=True),
    Command("explain web -n shop", GET, shows=True),
)

#: Lists and streams are read as they come, single objects whole.
LISTS = (LIST, REPLICASETS)
OBJECTS = (GET, PATCH)
ANSWERS = LISTS + OBJECTS
ALL = ANSWERS + (WATCH,)


@dataclass(frozen=True)
class Case:
    name: str
    attack: Attack
    outcome: str = FAILS
    stages: tuple[str, ...] = ALL
    #: A regular expression of what stderr says where the command fails.
    says: str = r"(?m)^(error: |Unable to connect to the server: |Error from server)"
    #: Seconds that a command which does not go on may take.
    seconds: float = 12
    #: MiB that may be resident at any time.
    memory: int = 96
    #: Seconds of CPU. What comes without end is read as fast as it comes, until the time is over.
    cpu: float = 2.0
    #: Whether every way to show an object meets it.
    shown: bool = False
    #: `--request-timeout`; None gives none.
    timeout: str | None = "2s"
    #: The most PATCHes that may be sent.
    writes: int = 1
    #: The same for a watch that heals: what a server refuses is asked for again, later each time.
    writes_of_watch: int = 1
    #: Seconds that a watch is left to itself.
    watched: float = 3.0
    #: Whether what is wrong is told late: after time-outs, or a pause that the server asks for.
    patient: bool = False
    #: Whether a watch that it does not stop speaks of it all the same.
    tells: bool = False
    #: A regular expression of commands.
    only: str = ""

"""One attack, where it applies, and what must come of it."""

from dataclasses import dataclass

from cluster import GET, LIST, PATCH, REPLICASETS, STREAMED, WATCH
from server import Attack

#: The command must fail with a message, must not be affected, or may do either.
FAILS, SERVES, EITHER = "fails", "serves", "either"


@dataclass(frozen=True)
class Command:
    """A command, and the one of its requests that meets the attack."""

    words: str
    stage: str
    #: Whether it runs until it is stopped, like a watch.
    goes_on: bool = False
    #: Whether it only tests how objects are shown.
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
    Command("watch -A --heal --settle 0s", STREAMED, goes_on=True),
)

#: Lists and streams are read as they arrive, single objects as a whole.
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
    #: A regular expression for stderr if the command fails.
    says: str = r"(?m)^(error: |Unable to connect to the server: |Error from server)"
    #: The time limit in seconds for a command that ends by itself.
    seconds: float = 12
    #: The limit for resident memory in MiB.
    memory: int = 96
    #: The limit for CPU time in seconds. Endless data is read as fast as it arrives, until the time limit.
    cpu: float = 2.0
    #: Whether to test it with every way to show an object.
    shown: bool = False
    #: `--request-timeout`; None omits it.
    timeout: str | None = "2s"
    #: The maximum number of PATCH requests.
    writes: int = 1
    #: The same for a watch that heals, which retries refused writes at growing intervals.
    writes_of_watch: int = 1
    #: Seconds that a watch runs undisturbed.
    watched: float = 3.0
    #: Whether the fault is reported late: after timeouts, or a pause that the server requests.
    patient: bool = False
    #: Whether a watch reports it even if it does not stop.
    tells: bool = False
    #: A regular expression for commands.
    only: str = ""

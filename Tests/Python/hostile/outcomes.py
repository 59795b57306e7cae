"""The exit status that each command must end with, by attack: outcomes.txt, a line for each attack."""

from functools import cache
from pathlib import Path

from case import COMMANDS, Case, Command

FILE = Path(__file__).with_name("outcomes.txt")


@cache
def table() -> dict[str, list[str]]:
    lines = (line.rsplit("|", 1) for line in FILE.read_text().splitlines() if not line.startswith("#"))
    return {name.strip(): statuses.split() for name, statuses in lines}


def status(case: Case, command: Command) -> int | None:
    """None where the table lacks it, which no command ends with."""
    found = dict(zip(COMMANDS, table().get(case.name, [])))
    return None if found.get(command, "-") == "-" else int(found[command])


def line(case: Case, ended: dict[Command, int]) -> str:
    """As the table holds it."""
    return f"{case.name} | " + " ".join(str(ended.get(command, "-")) for command in COMMANDS)

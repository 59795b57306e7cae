"""Runs whole commands and says what they took."""

import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds on the clock, seconds of CPU, the resident memory of its largest process in MiB, and the seconds of
    CPU that the servers took meanwhile."""

    wall: float
    cpu: float
    memory: float
    servers: float = 0.0


def spent(processes: Sequence[int]) -> float:
    """Seconds of CPU of `processes` so far; proc(5): utime and stime."""
    ticks = 0
    for process in processes:
        after_name = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def run(command: str, environment: dict[str, str], servers: Sequence[int] = (), expected: int = 0) -> Cost:
    """A line for a shell, with its children; its output is thrown away.

    GNU time starts it: a child of this process would be charged with this process's own memory.
    """
    with tempfile.NamedTemporaryFile("r") as report:
        before = spent(servers)
        start = time.monotonic()
        process = subprocess.Popen(
            ["/usr/bin/time", "--quiet", "-f", "%M", "-o", report.name, "/bin/sh", "-c", command],
            env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expected:
            raise SystemExit(f"error: {command}: exit status {process.returncode}: {message.decode()[-2000:]}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, int(report.read()) / 1024, spent(servers) - before)


def interleaved(
    commands: dict[str, str], environment: dict[str, str], rounds: int, servers: Sequence[int] = ()
) -> dict[str, Cost]:
    """Medians of each command over `rounds`, in each of which every one runs once: what slows the machine down slows all.

    Each round has an order of its own: what one leaves behind in the server, the next one waits for. The first round warms
    caches up and does not count.
    """
    runs = {name: [] for name in commands}
    order = random.Random(1)
    for turn in range(rounds + 1):
        for name in order.sample(list(commands), len(commands)):
            cost = run(commands[name], environment, servers)
            if turn > 0:
                runs[name].append(cost)
    return {name: median(costs) for name, costs in runs.items()}


def median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*(astuple(cost) for cost in costs))))


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]

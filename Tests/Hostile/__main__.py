"""Sets our binary against API servers that mean harm. scripts/hostile calls this."""

import argparse
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import attacks
import certificates
import program
from case import COMMANDS, Case, Command
from judgement import problems
from attacks.connections import ENDING
from server import Server, Trap
from server import contexts as server_contexts


@dataclass
class Result:
    case: Case
    command: Command
    problems: list[str]
    ended: program.Ended

    @property
    def name(self) -> str:
        return f"{self.case.name} ({self.command.name})"


def main() -> int:
    options = arguments()
    pairs = [(case, command) for case in attacks.ALL for command in COMMANDS if applies(case, command)]
    pairs = [(case, command) for case, command in pairs if options.only in f"{case.name} ({command.name})"]
    # What takes longest begins first.
    pairs.sort(key=lambda pair: -max(pair[0].seconds, pair[0].watched))
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    start = time.monotonic()
    threading.stack_size(256 << 10)
    try:
        authority, servers = certificates.make(folder)
        bench = Bench(options.binary, folder, authority.certificate, server_contexts(servers))
        with ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda pair: bench.run(*pair), pairs))
    finally:
        shutil.rmtree(folder)
    return report(results, options.all, time.monotonic() - start)


def applies(case: Case, command: Command) -> bool:
    return command.stage in case.stages and re.search(case.only, command.words) is not None


class Bench:
    """What all runs share."""

    def __init__(self, binary: Path, folder: Path, authority: Path, contexts: dict):
        self.binary, self.folder, self.authority, self.contexts = binary, folder, authority, contexts

    def run(self, case: Case, command: Command) -> Result:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        contexts = self.contexts
        if case.attack.certificate == "ending":
            contexts = contexts | server_contexts({"ending": certificates.ending(self.folder, folder, ENDING)})
        with Trap() as trap, Server(contexts, case.attack, command.stage) as server:
            server.cluster.trap = trap.port
            config = program.kubeconfig(folder, server.port, self.authority)
            ends_by = (signal.SIGTERM if "--heal" in command.words else signal.SIGINT) if command.goes_on else None
            limit = case.watched if command.goes_on else case.seconds
            ended = program.run(
                self.binary, command.words.split(), config, limit, ends_by, case.timeout, lambda: server.accepted > 0)
            found = problems(case, command, ended, server, trap.accepted)
            if left := [file.name for file in folder.iterdir() if file.name not in ("kubeconfig", "certificate")]:
                found.append(f"it leaves files behind: {left}")
            return Result(case, command, found, ended)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=lambda path: Path(path).resolve(), required=True)
    parser.add_argument("--only", default="", help="part of the names of the runs")
    parser.add_argument("--all", action="store_true", help="show every run")
    parser.add_argument("--jobs", type=int, default=24)
    return parser.parse_args()


def report(results: list[Result], every: bool, seconds: float) -> int:
    failed = [result for result in results if result.problems]
    for result in results if every else failed:
        ended = result.ended
        print(f"{'FAILED' if result.problems else 'passed'}: {result.name}: status {ended.status}, {ended.seconds:.1f} s, "
              f"{ended.memory:.0f} MiB")
        for problem in result.problems:
            print(f"  {problem}")
        said = [line for line in f"{ended.out}\n{ended.err}".splitlines()
                if line and not line.startswith(("GET ", "PATCH ", "POST ", "Re", "    ", "hint:"))]
        for line in said[:4]:
            print(f"  | {line[:160]!r}")
    highest = max((result.ended.memory for result in results), default=0)
    print(f"{len(results)} runs of {len({result.case.name for result in results})} attacks, {len(failed)} failed; "
          f"{highest:.0f} MiB at the most, {seconds:.0f} s")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())

"""Sets our binary against API servers that mean harm. scripts/ci/hostile calls this."""

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
import outcomes
import program
from case import COMMANDS, Case, Command
from judgement import problems
from attacks.connections import ENDING
from server import Server, Trap
from server import contexts as server_contexts


#: A fault planted in our binary, the run that must find it, and the expected report.
PLANTED = {
    "leaks": ("no body (list -n shop at list)", "the token is told"),
    "escapes": ("a trailer (list -n shop at list)", "control characters reach the terminal"),
    "twice": ("300 fields (restart -n shop --settle 0s at patch)", "2 PATCHes, more than 1"),
    "dates": ("a trailer (restart -n shop --settle 0s at patch)", "it asks for a restart at"),
    "spins": ("two lengths (list -n shop at list)", "s of CPU, more than"),
    "grows": ("a trailer (list -A at list)", "MiB are resident, more than"),
    "hangs": ("a login page (list -n shop at list)", "it does not end within"),
    "leaves": ("a login page (list -A at list)", "it leaves files behind"),
    "succeeds": ("no body (list -A at list)", "exit status 0, not 1"),
}


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
    # The longest runs start first.
    pairs.sort(key=lambda pair: -max(pair[0].seconds, pair[0].watched))
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    start = time.monotonic()
    threading.stack_size(256 << 10)
    try:
        authority, servers = certificates.make(folder)
        bench = Bench(options.binary, folder, authority.certificate, server_contexts(servers))
        if options.prove:
            return prove(bench, pairs)
        with ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda pair: bench.run(*pair), pairs))
    finally:
        shutil.rmtree(folder)
    if options.statuses:
        for case in attacks.ALL:
            if ended := {result.command: result.ended.status for result in results if result.case is case}:
                print(outcomes.line(case, ended))
    return report(results, options.all, time.monotonic() - start)


def prove(bench: "Bench", pairs: list) -> int:
    """Whether each planted fault is found, by the run that is there for it."""
    honest = bench.binary
    missed = 0
    for fault, (name, words) in PLANTED.items():
        rigged = bench.folder / fault
        rigged.symlink_to(Path(__file__).with_name("rigged.py"))
        rigged.with_name("binary").write_text(str(honest))
        bench.binary = rigged
        case, command = next(pair for pair in pairs if f"{pair[0].name} ({pair[1].name})" == name)
        found = [problem for problem in bench.run(case, command).problems if words in problem]
        print(f"{fault}: {found[0] if found else 'NOT FOUND'}")
        missed += not found
    print(f"{len(PLANTED)} planted faults, {len(PLANTED) - missed} found")
    return 1 if missed else 0


def applies(case: Case, command: Command) -> bool:
    return command.stage in case.stages and (case.shown or not command.shows) and re.search(case.only, command.words) is not None


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
    parser.add_argument("--prove", action="store_true", help="plant faults in the binary, which must be found")
    parser.add_argument("--statuses", action="store_true", help="print lines for outcomes.txt, to be read before they are believed")
    parser.add_argument("--jobs", type=int, default=24)
    return parser.parse_args()


def report(results: list[Result], every: bool, seconds: float) -> int:
    failed = [result for result in results if result.problems]
    for result in results if every else failed:
        ended = result.ended
        print(f"{'FAILED' if result.problems else 'passed'}: {result.name}: status {ended.status}, {ended.seconds:.1f} s, "
              f"{ended.memory:.0f} MiB, {ended.cpu:.1f} s of CPU")
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

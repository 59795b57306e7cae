"""Asks kubectl and kubectl rollout-heal the same and compares what arrives. scripts/ci/differential calls this."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cases
import differences_table
import templates
from certificates import Certificates
from chains import Chains
from comparison import DIFFERS, FAILED, KNOWN_BUG, PASSED, SKIPPED, Verdict, judge
from recorder import tls_contexts
from workspace import Shared


def main() -> int:
    options = arguments()
    selected = [case for case in cases.ALL if options.only in case.name]
    wrong = differences_table.problems(cases.ALL)
    for problem in wrong:
        print(f"error: {problem}", file=sys.stderr)
    minor = minor_version(options.kubectl)
    folder = Path(tempfile.mkdtemp(prefix="differential-"))
    start = time.monotonic()
    try:
        if options.only in "templates":
            unlike = templates.problems(options.kubectl, options.ours, folder)
            wrong += [f"template {problem}" for problem in unlike]
            print(f"{len(templates.TEMPLATES)} templates, {len(unlike)} filled otherwise")
            for problem in unlike:
                print(f"error: template {problem}", file=sys.stderr)
        certificates = Certificates(folder)
        shared = Shared(certificates, tls_contexts(certificates), Chains(folder / "chains"))
        with ThreadPoolExecutor(options.jobs) as pool:
            verdicts = list(pool.map(lambda case: judge(case, options.kubectl, minor, options.ours, shared), selected))
    finally:
        shutil.rmtree(folder)
    report(verdicts, f"kubectl 1.{minor}, {time.monotonic() - start:.0f} s", options.all)
    return 1 if wrong or any(verdict.kind == FAILED for verdict in verdicts) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubectl", type=Path, required=True)
    parser.add_argument("--ours", type=Path, required=True)
    parser.add_argument("--only", default="", help="part of the names of the cases to run")
    parser.add_argument("--all", action="store_true", help="name every case, not only those that fail")
    parser.add_argument("--jobs", type=int, default=4)
    return parser.parse_args()


def minor_version(kubectl: Path) -> int:
    command = [kubectl, "version", "--client", "-o", "json"]
    said = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
    return int(json.loads(said)["clientVersion"]["minor"].rstrip("+"))


def report(verdicts: list[Verdict], what: str, every: bool):
    for verdict in verdicts:
        if every or verdict.kind in (FAILED, KNOWN_BUG):
            print("\n  ".join([f"{verdict.kind}: {verdict.case.name}", *verdict.problems]))
    counts = Counter(verdict.kind for verdict in verdicts)
    print(", ".join(f"{counts[kind]} {kind}" for kind in (PASSED, DIFFERS, SKIPPED, KNOWN_BUG, FAILED)) + f" ({what})")


if __name__ == "__main__":
    sys.exit(main())

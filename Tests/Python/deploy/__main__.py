"""Checks what deploy/ holds. scripts/ci/check-manifests calls this."""

import argparse
import importlib
import subprocess
import sys
import time
from pathlib import Path

import flow
import links
import manifests
import mistakes
import pods
import rights
import server
from manifests import Deployables, minor_version

DEPLOY = Path(__file__).parents[3] / "deploy"
# The exit status without a cluster: the arguments are valid if the program fails only there.
USAGE = 2


def main() -> int:
    options = arguments()
    start = time.monotonic()
    found = manifests.load(DEPLOY, options.kubectl)
    if found.rendered_here:
        print(f"    this kubectl is older than 1.{manifests.FOLDERS_SINCE}: rendered without it: {', '.join(found.rendered_here)}")
    if not options.argo_events_schema:
        print("    no schema of Argo Events at hand: fields of EventSources and Sensors are not checked against one")

    # These need parsers that Debian does not package.
    schemas, metrics, admission = (
        None if options.without_parsers else importlib.import_module(name) for name in ("schemas", "metrics", "admission"))
    parts = [part for part in (pods, rights, links, flow, metrics, admission) if part]

    def check(some: Deployables) -> list[str]:
        result = some.problems + (schemas.problems(some, options.argo_events_schema) if schemas else [])
        # Later checks rely on the fields that a schema requires.
        for part in () if result else parts:
            try:
                result += part.problems(some)
            except (KeyError, TypeError) as error:
                result.append(f"{part.__name__}: something is not where it belongs: {error!r}")
        return result

    problems = check(found)
    if options.binary:
        problems += argument_problems(found, options.binary)
    if not problems and not options.without_parsers:
        problems += mistakes.problems(DEPLOY, options.kubectl, check, bool(options.argo_events_schema))
    if options.cluster:
        problems += server.problems(found, options.kubectl, options.cluster)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    objects = sum(len(mode.objects) for mode in found.modes)
    versions = " and ".join(schemas.KUBERNETES) if schemas else "no version"
    print(
        f"{len(found.modes)} kustomizations and patches, {objects} objects, kubectl 1.{minor_version(options.kubectl)}, "
        f"schemas of Kubernetes {versions}: {len(problems)} problems ({time.monotonic() - start:.0f} s)"
    )
    return 1 if problems else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubectl", type=Path, required=True)
    parser.add_argument("--argo-events-schema", type=Path)
    parser.add_argument("--binary", type=Path)
    parser.add_argument("--cluster", type=Path)
    parser.add_argument("--without-parsers", action="store_true", help="leave out schemas, CEL, PromQL and planted mistakes")
    return parser.parse_args()


def argument_problems(found: Deployables, binary: Path) -> list[str]:
    """The program takes the arguments of each pod: without a cluster it says so, and not that it was called wrongly."""
    result = []
    for mode in found.modes:
        for pod in manifests.pods(mode):
            for container in pod.spec["containers"]:
                if pod.is_foreign or "command" in container:
                    continue
                arguments = [part.replace(":8080", "127.0.0.1:0") for part in container["args"]]
                environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
                done = subprocess.run([binary, *arguments], env=environment, capture_output=True, text=True, timeout=60)
                if done.returncode in (0, USAGE):
                    result.append(f"{pod.where}: the program ends with {done.returncode}: {done.stderr.strip()}")
    return result


if __name__ == "__main__":
    sys.exit(main())

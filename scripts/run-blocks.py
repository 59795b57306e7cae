"""Runs the marked blocks of commands in Markdown files, and compares what they print.

A block is marked by `<!-- run -->` on the line before it. A block of `sh` is run as it is. In one of `console` each line that
begins with `$ ` is run, and of what the lines after it show each first word must be the first word of a line that was printed:
times and numbers differ from day to day.

    run-blocks.py FILE...
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"<!-- run -->\n+```(sh|console)\n(.*?)```", re.S)


def run(commands: str) -> str:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SystemExit(f"error: exit status {done.returncode}:\n{commands}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def run_console(block: str) -> int:
    count = 0
    for part in block.split("$ ")[1:]:
        command, *shown = part.splitlines()
        printed = {line.split()[0] for line in run(command).splitlines() if line.split()}
        for line in shown:
            if line.split() and line.split()[0] not in printed:
                raise SystemExit(f"error: `{command}` did not print a line that begins with {line.split()[0]}, but {printed}")
        count += 1
    return count


def main():
    count = 0
    for name in sys.argv[1:]:
        for kind, block in BLOCK.findall(pathlib.Path(name).read_text(encoding="utf-8")):
            if kind == "console":
                count += run_console(block)
            else:
                run(block)
                count += 1
    if count == 0:
        raise SystemExit("error: nothing is marked to be run")
    print(f"==> passed: {count} commands of the documents", file=sys.stderr)


if __name__ == "__main__":
    main()

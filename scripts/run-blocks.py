"""Runs the blocks of commands in Markdown files, and compares what they print.

    run-blocks.py FILE...

Before each block stands how it is tested:

    <!-- run -->                    it is run as it is
    <!-- run with NAME=shop -->     it is run with NAME replaced by what a reader would put there
    <!-- run by scripts/demo -->    it says how to begin, and that program does the same

In a block of `console` each line that begins with `$ ` is run, and of what the lines after it show each first word must be the
first word of a line that was printed: times and numbers differ from day to day. A block of commands without a mark is an error.
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"(?:<!-- run(?: with ([^>]*?))?(?: by ([^>]*?))? -->\n+)?^```(sh|console)\n(.*?)^```", re.S | re.M)
ROOT = pathlib.Path(__file__).parent.parent


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


def run_block(kind: str, block: str) -> int:
    if kind == "console":
        return run_console(block)
    run(block)
    return 1


def main():
    count = 0
    for name in sys.argv[1:]:
        text = pathlib.Path(name).read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            values, program, kind, block = match.groups()
            place = f"{name}:{text[:match.start(3)].count(chr(10)) + 1}"
            if not match[0].startswith("<!--"):
                raise SystemExit(f"error: {place}: nothing says how this block is tested")
            if program:
                if not (ROOT / program).exists():
                    raise SystemExit(f"error: {place}: there is no {program}")
                continue
            for pair in (values or "").split():
                placeholder, value = pair.split("=", 1)
                if placeholder not in block:
                    raise SystemExit(f"error: {place}: there is no {placeholder}")
                block = block.replace(placeholder, value)
            count += run_block(kind, block)
    if count == 0:
        raise SystemExit("error: nothing is marked to be run")
    print(f"==> passed: {count} commands of the documents", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Runs the blocks of commands in Markdown files, and compares what they print; then checks the commands in their text.

    run-blocks.py FILE...

Before each block stands how it is tested:

    <!-- run -->                     it is run as it is
    <!-- run with NAME=shop -->      it is run with NAME replaced by what a reader would put there
    <!-- run on 1.26 -->             it is run where the API server is at least that version; where it is older, the folders that it
                                     applies are rendered, and that is said
    <!-- run by scripts/dev/demo --> it says how to begin, and those programs (several are separated by spaces) do the same: each of
                                     its commands stands in one of them, or is one of them; `make TARGET` is the script that it calls.
                                     One that names the document takes the block from there, and runs it

    <!-- not run: REASON -->         no test can run it; how many there are is said

In a block of `console` each line that begins with `$ ` is run, and each line after it must be one that was printed, but for
numbers and widths, which differ from day to day. A block of commands without a mark is an error. What stands in running text and
tables needs no mark: inline_commands.py says how it is checked.
"""

import json
import pathlib
import re
import subprocess
import sys

import inline_commands

BLOCK = re.compile(r"(?:<!-- run(?: on (\d+\.\d+))?(?: with ([^>]*?))?(?: by ([^>]*?))? -->\n+)?^```(sh|console)\n(.*?)^```", re.S | re.M)
ROOT = pathlib.Path(__file__).parents[2]


def run(commands: str) -> str:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SystemExit(f"error: exit status {done.returncode}:\n{commands}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def masked(line: str) -> str:
    """Numbers and ages are those of the run: a slow machine shows minutes where a fast one shows seconds."""
    ages = re.sub(r"\b(\d+[smhdy])+\b", "#", " ".join(line.split()))
    return re.sub(r"\d+", "#", ages)


def called_by_make(target: str) -> str:
    """The script that a target of the Makefile calls."""
    rule = re.search(rf"^{re.escape(target)}:.*\n\t(\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    if not rule:
        raise SystemExit(f"error: the Makefile has no target {target}")
    return rule[1]


def check_run_by(place: str, programs: str, block: str) -> None:
    texts = {}
    for name in programs.split():
        if not (ROOT / name).exists():
            raise SystemExit(f"error: {place}: there is no {name}")
        texts[name] = (ROOT / name).read_text(encoding="utf-8")
    if any(re.search(rf"\b{re.escape(place.split(':')[0].removeprefix('./'))}\b", text) for text in texts.values()):
        return
    for line in block.splitlines():
        command = line.split("#")[0].strip().removeprefix("./")
        if command.startswith("make "):
            command = called_by_make(command.split()[1])
        # For our own scripts the name is sufficient: programs pass other arguments than a reader would.
        wanted = command.split()[0] if (ROOT / (command.split() or [""])[0]).is_file() else command
        if wanted and wanted not in texts and not any(wanted in text for text in texts.values()):
            raise SystemExit(f"error: {place}: none of {programs} runs {wanted}")


def run_console(block: str) -> int:
    count = 0
    for part in block.split("$ ")[1:]:
        command, *shown = part.splitlines()
        printed = {masked(line) for line in run(command).splitlines()}
        for line in shown:
            if line.strip() and masked(line) not in printed:
                raise SystemExit(f"error: `{command}` did not print {line}, but {sorted(printed)}")
        count += 1
    return count


def server_version() -> tuple[int, ...]:
    version = json.loads(run("kubectl version -o json 2>/dev/null"))["serverVersion"]
    return tuple(int(re.match(r"\d+", version[part])[0]) for part in ("major", "minor"))


def render(block: str) -> None:
    for folder in re.findall(r"-k (\S+)", block):
        run(f"kubectl kustomize {folder}")


def run_block(kind: str, block: str) -> int:
    if kind == "console":
        return run_console(block)
    run(block)
    return 1


def within_fence(text: str, number: int) -> bool:
    return sum(line.lstrip().startswith("```") for line in text.splitlines()[:number]) % 2 == 1


def main():
    count = left_out = not_run = 0
    for name in sys.argv[1:]:
        text = pathlib.Path(name).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r" {4,}(kubectl|skopeo|helm|docker|curl|cosign|gh|scripts/|make )", line) and not within_fence(text, number):
                raise SystemExit(f"error: {name}:{number}: a command outside a marked block is run by no test")
        for match in BLOCK.finditer(text):
            needed, values, program, kind, block = match.groups()
            place = f"{name}:{text[:match.start(4)].count(chr(10)) + 1}"
            if re.search(r"<!-- not run: .+ -->\n$", text[:match.start()]):
                not_run += 1
                continue
            if not match[0].startswith("<!--"):
                raise SystemExit(f"error: {place}: nothing says how this block is tested")
            if program:
                check_run_by(place, program, block)
                continue
            for pair in (values or "").split():
                placeholder, value = pair.split("=", 1)
                if placeholder not in block:
                    raise SystemExit(f"error: {place}: there is no {placeholder}")
                block = block.replace(placeholder, value)
            if needed and server_version() < tuple(int(part) for part in needed.split(".")):
                render(block)
                left_out += 1
                continue
            count += run_block(kind, block)
    if count == 0:
        raise SystemExit("error: nothing is marked to be run")
    if left_out:
        print(f"==> LEFT OUT: {left_out} blocks of commands, because this API server is too old for them", file=sys.stderr)
    print(f"==> passed: {count} commands of the documents; {not_run} blocks say why no test runs them", file=sys.stderr)
    print(f"==> passed: {inline_commands.check(sys.argv[1:])} commands in their text are taken", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Holds docs/troubleshooting.md against the sources: a message that is no longer said there is an error.

A heading's text in backquotes is a message, with … for what varies.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[1]


def main() -> int:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "Sources").rglob("*.swift"))
    # Texts that are written in two pieces.
    sources = re.sub(r'"\s*\+ "', "", sources)
    missing = []
    for number, line in enumerate((ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8").splitlines(), 1):
        message = re.match(r"### `([^`]*)`", line)
        for part in re.split("…|rollouts", message.group(1)) if message else ():
            part = part.strip(' :"()')
            if len(part) > 3 and part.replace('"', '\\"') not in sources:
                missing.append(f"docs/troubleshooting.md:{number}: no source says: {part}")
    print("\n".join(missing), end="\n" if missing else "", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

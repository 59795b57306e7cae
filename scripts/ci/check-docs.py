"""Holds docs/troubleshooting.md against the sources: a message that is no longer said is an error, and one without an entry.

A heading's text in backquotes, and the first cell of a table's row, is a message, with … for what varies. Of docs/safety.md it
wants every test that is named to exist, and every row to name one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
# The files with error texts; text after `var hint` is no message.
SPEAKERS = ["Sources/KubeConfig/Errors/KubeConfigError+Message.swift", "Sources/KubeConfig/Errors/KubeConfigError+Problem.swift",
            "Sources/KubeClient/KubeError+Message.swift", "Sources/KubeClient/Credentials/ExecPluginError.swift",
            "Sources/RolloutHeal/RolloutHealError+Message.swift", "Sources/Commands/Program/ErrorReport.swift"]
# Parts of other messages, and messages that need no explanation.
EXEMPT = ["interrupted", "certificate-authority", "client-cert", "client-key",
          "Error in configuration"]


def said_without_entry(text: str) -> list[str]:
    """The messages of which the document has not the longest part that does not vary."""
    missing = []
    for name in SPEAKERS:
        source = (ROOT / name).read_text(encoding="utf-8").split("var hint")[0]
        source = re.sub(r'"\s*\+ "', "", source)
        source = re.sub(r'"""\n\s*(.*)\n[^"]*"""', r'"\1"', source)
        for literal in re.findall(r'"((?:[^"\\\n]|\\.)+)"', re.sub(r"//.*", "", source)):
            parts = re.split(r"\\\((?:[^()]|\([^()]*\))*\)", literal)
            longest = max(parts, key=len).replace('\\"', '"').strip(" :;,\"()[]")
            if len(longest) > 10 and longest not in text and not any(word in longest for word in EXEMPT):
                missing.append(f"docs/troubleshooting.md: nothing is said of: {longest} ({name})")
    return missing


def unproven() -> list[str]:
    """Guarantees without a test, and tests that are not there."""
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "Tests").rglob("*.swift"))
    missing = []
    for number, line in enumerate((ROOT / "docs/safety.md").read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| guarantee"):
            continue
        named = re.findall(r"`(\w+)/(\w+)`", line.rsplit("|", 2)[1])
        if not named:
            missing.append(f"docs/safety.md:{number}: no test is named")
        for suite, test in named:
            if not re.search(rf"\b(struct|extension) {suite}\b", tests) or not re.search(rf"\bfunc {test}\(", tests):
                missing.append(f"docs/safety.md:{number}: there is no test {suite}/{test}")
    return missing


def main() -> int:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "Sources").rglob("*.swift"))
    # Join string literals that are split over two lines.
    sources = re.sub(r'"\s*\+ "', "", sources)
    text = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    missing = said_without_entry(text) + unproven()
    for number, line in enumerate(text.splitlines(), 1):
        message = re.match(r"(?:###|\|) `([^`]*)`", line)
        for part in re.split("…|rollouts", message.group(1)) if message else ():
            part = part.strip(' :"()')
            if len(part) > 3 and part.replace('"', '\\"') not in sources:
                missing.append(f"docs/troubleshooting.md:{number}: no source says: {part}")
    print("\n".join(missing), end="\n" if missing else "", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

"""Checks the commands that stand in running text and tables of Markdown: whether the programs still take them as they are written.

A span in backquotes is checked if it begins with a program or a flag:

    kubectl rollout-heal …     a whole command. The plugin must accept its words. What reads runs on the cluster; what writes runs there
                               with --dry-run=client; `watch` does not end, so that its words are only parsed.
    list -A, --settle 5s       a command of ours without its beginning, or flags: a command of ours must accept them. A mention may
                               lack the value of its last flag, or NAME.
    kubectl apply -k DIR       the folder is rendered
    kubectl get …              runs; where it writes, with a dry run; a mention of a subcommand (`kubectl describe`) must have help
    scripts/…, make …          the script has each flag in its text, the Makefile the target

NOT_RUN says what is not checked, and why.
"""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
PLUGIN = "kubectl-rollout_heal"
# Those with the most flags come first.
VERBS = ["watch", "list", "heal", "restart", "explain", "refresh", "doctor", "version", "completions", "options", "help"]
WRITING = ["heal", "refresh", "restart"]

# What begins so is not checked; a reason that is a script says where the same is run.
NOT_RUN = {
    "kubectl krew": "scripts/ci/check-krew",
    "kubectl argo": "Argo's plugin is not installed",
    "kubectl logs -n argo-rollouts": "no controller runs",
    "kubectl rollout restart": "no controller runs",
    "kubectl rollout-heal <TAB>": "scripts/ci/test-completion",
    "man ": "scripts/ci/test-install",
    "helm ": "scripts/ci/test-helm",
    "restart-rollouts ": "scripts/ci/test-image",
    "restart --policy cautious": "docs/upgrade.md: the command of v0.1.0; it is read with a warning",
    "--allow-single-replica": "docs/upgrade.md: a flag of v0.1.0",
}
# Flags of other programs that are mentioned alone: one of their scripts has them, or the program is not ours.
OTHERS = {"--arch": "scripts/release/image", "--prove": "scripts/dev/fuzz", "--long": "scripts/ci/test",
          "--cluster": "scripts/ci/check-manifests", "--static-swift-stdlib": "scripts/release/build", "--set": "helm",
          "--cache-dir": "kubectl", "--match-server-version": "kubectl"}
SAMPLE = {"NAMESPACE": "shop", "NAME": "checkout", "PATTERN": "prod-*", "APP": "store", "CLUSTER": "cluster", "FOLDER": "watch",
          "URL": "https://hooks.example/x"}


class Rejected(Exception):
    """What a program says of a command that it does not take."""


def run(words: list[str], **more) -> subprocess.CompletedProcess:
    return subprocess.run(words, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False, **more)


def spans(text: str):
    """The line and the words of each span in backquotes outside of blocks."""
    text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.S | re.M)
    for match in re.finditer(r"(?<!`)`([^`]+)`(?!`)", text):
        yield text.count("\n", 0, match.start()) + 1, " ".join(match[1].split())


def filled(span: str) -> str:
    """With samples for placeholders, and without the brackets of what may be left out."""
    span = re.sub(r"=…$", "={.items}" if "path" in span else "=NAME:.name", span).replace("…", "").replace("[", "").replace("]", "")
    if "--cancel" in span:
        span = re.sub(r"\bNAME\b", "billing-pending -n payments", span)
    elif re.search(r"\bNAME\b", span) and "config" not in span and not re.search(r" (-n|-A)\b", span):
        span += " -n NAMESPACE"
    return re.sub(r"\b[A-Z]+\b", lambda word: SAMPLE.get(word[0], word[0]), span)


class Plugin:
    """The plugin, and a kubeconfig that is empty: with it, only what is wrong with the words gives status 2."""

    def __init__(self, folder: str):
        self.folder = folder
        saved = run(["kubectl", "get", "rollouts,replicasets", "-n", "shop", "-o", "json"])
        pathlib.Path(folder, "FILE").write_text(saved.stdout, encoding="utf-8")
        pathlib.Path(folder, "empty").write_text("", encoding="utf-8")
        pathlib.Path(folder, "LINK").write_text("https://hooks.example/x\n", encoding="utf-8")

    def parse(self, words: list[str], is_mention: bool) -> None:
        done = run([PLUGIN, *words], cwd=self.folder, env={**os.environ, "KUBECONFIG": f"{self.folder}/empty"})
        if done.returncode != 2:
            return
        said = done.stderr.splitlines()[0]
        if is_mention:
            if said == f"error: flag needs an argument: {words[-1]}" or f"Missing value for '{words[-1]}" in said:
                return
            if re.search(r"needs the name|Missing expected argument '<NAME>", said) and "checkout" not in words:
                return self.parse([*words, "checkout"], is_mention)
            if said == "error: --notify-key-file requires --notify":
                return self.parse([*words, "--notify", "@LINK"], is_mention)
        raise Rejected(said)

    def perform(self, words: list[str]) -> None:
        """On the cluster; 5 says that a gate holds back what was named, and 1 of `doctor` that it has found a problem."""
        if words[:1] and words[0] in WRITING and not any(word.startswith("--dry-run") for word in words):
            words = [*words, "--dry-run=client"]
        if "--contexts" in words:
            words = ["admin" if word == "prod-*" else word for word in words]
        done = run([PLUGIN, *words], cwd=self.folder)
        if done.returncode not in (0, 1 if words[:1] == ["doctor"] else 5):
            raise Rejected(f"status {done.returncode}: {done.stderr}")

    def whole(self, words: list[str]) -> None:
        self.parse(words, is_mention=False)
        if words and words[0] not in ("watch", "completions") and "-w" not in words:
            self.perform(words)

    def flags(self, words: list[str]) -> None:
        said = []
        for verb in VERBS:
            try:
                return self.parse([verb, *words], is_mention=True)
            except Rejected as reason:
                said.append(f"{verb}: {reason}")
        raise Rejected("no command takes it; " + said[0])


def check_kubectl(words: list[str], folder: str) -> None:
    words = [word.replace("FILE", f"{folder}/FILE") for word in words]
    if "-k" in words[:-1]:
        words = ["kubectl", "kustomize", str(ROOT / words[words.index("-k") + 1])]
    elif len(words) == 2 and words[1] != "cluster-info" or words[-1] in ("-k", "yaml") and len(words) < 5:
        words = [*words[:2], "--help"]
    elif words[1] in ("label", "annotate", "create", "apply"):
        words = [*words, "--dry-run=client"]
    elif words[1] == "config":
        words = [*words, "--kubeconfig=/dev/null", "--help"]
    elif words[1] == "get" and len(words) > 4:
        words = [*words, "--ignore-not-found"]
    done = run(words)
    if done.returncode != 0:
        raise Rejected(done.stderr)


def check_script(words: list[str]) -> None:
    while "=" in words[0]:
        words = words[1:]
    if words[0] == "make":
        if not re.search(rf"^{re.escape(words[1])}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M):
            raise Rejected(f"the Makefile has no target {words[1]}")
        return
    text = (ROOT / words[0]).read_text(encoding="utf-8")
    for flag in words[1:]:
        if flag.startswith("--") and flag.split("=")[0] not in text:
            raise Rejected(f"{words[0]} has no {flag}")


def check_span(plugin: Plugin, span: str) -> bool:
    """Whether it is a command."""
    try:
        words = shlex.split(filled(span))
    except ValueError:
        return False
    if any(span.startswith(beginning) for beginning in NOT_RUN) or not words:
        return False
    if words[:2] == ["kubectl", "rollout-heal"] or words[0] == "kubectl-rollout-heal":
        plugin.whole(words[2:] if words[0] == "kubectl" else words[1:])
    elif words[0] == "kubectl" and len(words) > 1:
        check_kubectl(words, plugin.folder)
    elif words[0] == "make" and len(words) > 1 or re.match(r"(\w+=\S+ )*(scripts/[\w/-]+|make) ", span):
        check_script(words)
    elif words[0] in VERBS and len(words) > 1:
        plugin.parse(words, is_mention=True)
    elif re.match(r"-[A-Za-z]$|--[a-z]", words[0]):
        other = OTHERS.get(words[0].split("=")[0])
        if other and (ROOT / other).is_file() and words[0] not in (ROOT / other).read_text(encoding="utf-8"):
            raise Rejected(f"{other} has no {words[0]}")
        if not other:
            plugin.flags(words)
    else:
        return False
    return True


def check(names: list[str]) -> int:
    """How many different commands stand in the text of these files; an error names the first that is not taken."""
    count = 0
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        plugin = Plugin(folder)
        for name in names:
            for line, span in spans(pathlib.Path(name).read_text(encoding="utf-8")):
                if span in seen:
                    continue
                seen.add(span)
                try:
                    count += check_span(plugin, span)
                except Rejected as reason:
                    raise SystemExit(f"error: {name}:{line}: `{span}` is not taken:\n{reason}") from None
    return count

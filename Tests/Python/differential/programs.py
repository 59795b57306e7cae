"""Runs kubectl and ours in a workspace and gathers what came of it."""

import json
import os
import pty
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from case import LIST, Case
from recorder import GROUP_VERSION
from workspace import Workspace

TIME_LIMIT = 20
RAW_PATH = f"/apis/{GROUP_VERSION}/namespaces/default/rollouts"
#: Plugins append a JSON line per call to this file; see cases/plugins.py.
PLUGIN_CALLS = "plugin-calls"


@dataclass
class Outcome:
    """What a program did: its end, its words, and what arrived at the servers and the plugin."""

    status: int
    stdout: str
    stderr: str
    requests: list[dict]
    tunnels: list[tuple]
    plugin_calls: list[dict] = field(default_factory=list)

    def described(self) -> str:
        facts = {"status": self.status, "stderr": self.stderr.strip(), "requests": self.requests}
        if self.tunnels:
            facts["tunnels"] = self.tunnels
        if self.plugin_calls:
            facts["plugin_calls"] = self.plugin_calls
        return "\n".join(f"    {name}: {value}" for name, value in facts.items())


def run_kubectl(program: Path, case: Case, workspace: Workspace) -> Outcome:
    what = ["get", "rollouts.argoproj.io"] if case.asked == LIST else ["get", "--raw", RAW_PATH]
    return run([program, *what, *workspace.flags()], workspace)


def run_ours(program: Path, workspace: Workspace, *more: str) -> Outcome:
    return run([program, "list", *more, *workspace.flags()], workspace)


def run(command: list, workspace: Workspace) -> Outcome:
    environment = workspace.environment(os.defpath)
    stdin, terminal = subprocess.DEVNULL, ()
    if workspace.case.terminal:
        terminal = pty.openpty()
        stdin = terminal[1]
    try:
        process = subprocess.Popen(list(map(str, command)), cwd=workspace.folder / "here", env=environment, stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            stdout, stderr = process.communicate(timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            # The process has its own session, so its plugins are killed too.
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            stderr += b"(did not end in time)"
    finally:
        for descriptor in terminal:
            os.close(descriptor)
    return Outcome(process.returncode, stdout.decode(errors="replace"), stderr.decode(errors="replace"),
                   workspace.recorder.take(), workspace.proxy.take() if workspace.proxy else [], take_calls(workspace))


def take_calls(workspace: Workspace) -> list[dict]:
    calls = workspace.folder / PLUGIN_CALLS
    if not calls.exists():
        return []
    lines = calls.read_text().splitlines()
    calls.unlink()
    return [json.loads(line) for line in lines]

"""Our binary against one server: what it said, how it ended, how long it took and how much memory."""

import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

TOKEN = "s3cr3t-t0ken-9f86d081884c7d65"


@dataclass
class Ended:
    status: int
    out: str
    err: str
    seconds: float
    #: The maximum resident memory in MiB.
    memory: float
    #: User and system CPU time in seconds.
    cpu: float
    #: Seconds from the signal to the end; None if it ended by itself.
    after_signal: float | None


def kubeconfig(folder: Path, port: int, authority: Path) -> Path:
    file = folder / "kubeconfig"
    file.write_text(f"""
apiVersion: v1
kind: Config
current-context: x
contexts: [{{name: x, context: {{cluster: x, user: x, namespace: default}}}}]
clusters: [{{name: x, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: "{authority}"}}}}]
users: [{{name: x, user: {{token: {TOKEN}}}}}]
""")
    file.chmod(0o600)
    return file


def run(binary: Path, words: list[str], config: Path, limit: float, ends_by: int | None, timeout: str | None,
        begun: Callable[[], bool]) -> Ended:
    """`ends_by` is sent when `limit` has passed since `begun`; without it, the process is killed then."""
    flags = ["--request-timeout", timeout] if timeout else []
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(
            [binary, *words, *flags, "-v", "10"], cwd=config.parent, umask=0, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env={"HOME": str(config.parent), "KUBECONFIG": str(config), "PATH": "/usr/bin:/bin"})
        memory, signalled, asked = 0.0, None, start
        while (used := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            memory = max(memory, resident(process.pid))
            now = time.monotonic()
            if not begun():
                asked = now
            if signalled is None and (now - asked > limit or now - start > limit + 30):
                process.send_signal(ends_by or signal.SIGKILL)
                signalled = now
            elif signalled is not None and now - signalled > 5:
                process.kill()
            time.sleep(0.02)
        end = time.monotonic()
        after_signal = None if signalled is None else end - signalled
        process.returncode = os.waitstatus_to_exitcode(used[1])
        cpu = used[2].ru_utime + used[2].ru_stime
        return Ended(process.returncode, text(out), text(err), end - start, memory, cpu, after_signal)


def text(file) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


def resident(pid: int) -> float:
    try:
        match = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(match[1]) / 1024 if match else 0.0

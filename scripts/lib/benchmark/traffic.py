"""What each command asks of a real API server: requests by its audit log, bytes by a relay in between."""

import collections
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

from audit import Audit
from fleet import Fleet
from measure import run
from slow_link import SlowLink

#: Rollouts that are stuck when `list` and `heal` run; each in a namespace of its own.
SICK = 10
USER = "healer"
#: The start of `watch` is over when nothing has been received for so many seconds after its list was sent.
SILENCE = 10


class Traffic:
    """One throw-away cluster with `count` Rollouts."""

    def __init__(self, folder: str, ours: pathlib.Path, count: int):
        self.folder, self.ours, self.count = folder, ours, count
        self.fleet = Fleet(folder, count)
        self.link = SlowLink(self.fleet.server.port)
        self.audit = Audit(self.fleet.server.variables["AUDIT_LOG"])
        #: By command: from when to when, in milliseconds, and the bytes that were received and sent.
        self.rows: dict[str, tuple[float, float, int, int]] = {}
        self.environment = {"KUBECONFIG": f"{folder}/kubeconfig", "OURS": str(ours)}
        self.flags = f"--context {USER} --server https://127.0.0.1:{self.link.port}"

    def fill(self):
        start = time.monotonic()
        self.fleet.fill()
        print(f"{self.count} Rollouts, made in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    def commands(self):
        sick = self.fleet.names[:SICK]
        self.fleet.each(self.fleet.hang, sick)
        with self.counted("list"):
            run(f'"$OURS" list -A {self.flags}', self.environment)
        with self.counted("heal"), self.controlling(sick):
            run(f'"$OURS" heal -A --yes {self.flags}', self.environment)

    @contextlib.contextmanager
    def counted(self, what: str):
        begin, received, sent = self.now()
        yield
        end, *after = self.now()
        self.rows[what] = begin, end, after[0] - received, after[1] - sent

    def now(self) -> tuple[float, int, int]:
        return time.time() * 1000, self.link.received, self.link.sent

    @contextlib.contextmanager
    def controlling(self, keys):
        """Plays the controller for those that are restarted."""
        is_over = threading.Event()

        def control():
            while not is_over.wait(0.1):
                for key in keys:
                    self.fleet.heal(key)

        thread = threading.Thread(target=control)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    @contextlib.contextmanager
    def watching(self):
        """Within it, `watch` has started."""
        audit, end = Audit(self.fleet.server.variables["AUDIT_LOG"]), time.monotonic() + 120
        with self.counted("start"):
            process = subprocess.Popen(
                f'exec "$OURS" watch -A --heal {self.flags}', shell=True, env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # A list is in the log once it has been sent, also one that is streamed.
            while not any(one.user == USER and one.verb in ("list", "watch") for one in audit.requests()):
                if time.monotonic() > end:
                    raise SystemExit("error: watch has not listed")
                time.sleep(0.5)
            received = -1
            while received != self.link.received:
                received = self.link.received
                time.sleep(SILENCE)
        try:
            with self.counted("rest"):
                yield
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(10)
        if status != 0:
            raise SystemExit(f"error: watch ended with {status}")
        # A watch is in the log once it has ended.
        time.sleep(2)

    def cells(self, what: str) -> str:
        begin, end, received, sent = self.rows[what]
        requests = collections.Counter(
            f"{one.verb} {one.resource}" for one in self.audit.requests() if one.user == USER and begin <= one.received < end)
        made = ", ".join(f"{number} {name}" for name, number in sorted(requests.items(), key=lambda item: (-item[1], item[0])))
        return f"{requests.total():,} | {made} | {size(received)} | {size(sent)} | {(end - begin) / 1000:,.0f} s"


def size(number: int) -> str:
    return f"{number / 1e6:,.2f} MB" if number >= 1e6 else f"{number / 1e3:,.1f} kB"

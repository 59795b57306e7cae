#!/usr/bin/env python3
"""Our binary with a fault planted in it: `scripts/ci/hostile --prove` expects each to be found.

The fault and the binary are in the names of the link that is called and of the file beside it.
"""

import json
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(sys.argv[0])
FAULT, BINARY = HERE.name, HERE.with_name("binary").read_text()
CONFIG = Path(os.environ["KUBECONFIG"])


def token() -> str:
    return re.search(r"token: (\S+?)}", CONFIG.read_text())[1]


def patch():
    """Asks for one more restart."""
    server, authority = re.search(r'server: "(.*?)", certificate-authority: "(.*?)"', CONFIG.read_text()).groups()
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + (90_000 if FAULT == "dates" else 0)))
    request = urllib.request.Request(
        f"{server}/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web", method="PATCH",
        data=json.dumps({"spec": {"restartAt": moment}}).encode(), headers={"Authorization": f"Bearer {token()}"})
    urllib.request.urlopen(request, context=ssl.create_default_context(cafile=authority)).read()


def main() -> int:
    if FAULT == "spins":
        end = time.process_time() + 3
        while time.process_time() < end:
            pass
    if FAULT == "grows":
        _grown = bytearray(200 << 20)
    ended = subprocess.run([BINARY, *sys.argv[1:]])
    status = ended.returncode
    if FAULT == "leaks":
        print(f"using token {token()}")
    if FAULT == "escapes":
        print("\x1b[2Jcleared")
    if FAULT in ("twice", "dates"):
        patch()
    if FAULT == "hangs":
        time.sleep(20)
    if FAULT == "leaves":
        Path("core").touch()
    return 0 if FAULT == "succeeds" else status


sys.exit(main())

"""What Helm hands its objects through before they reach the tests' API server, which is older than the chart supports: those of
kinds that it does not know are left out, others become their older version (server.for_server)."""

import os
import sys
from pathlib import Path

import yaml

from server import Server, for_server

server = Server(Path(os.environ["ROLLOUT_HEAL_KUBECTL"]), Path(os.environ["ROLLOUT_HEAL_TEST_CLUSTER"]))
known = server.known()
adapted = (for_server(each, known)[0] for each in yaml.safe_load_all(sys.stdin) if each)
yaml.safe_dump_all((each for each in adapted if each), sys.stdout)

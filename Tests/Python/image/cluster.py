"""The throw-away cluster: what the administrator does there, and what its audit log says."""

import json
import pathlib
import subprocess
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One line of the audit log."""

    verb: str
    resource: str
    namespace: str
    name: str
    status: int

    @property
    def kind(self) -> tuple[str, str]:
        """The resource with its subresource, as roles have it."""
        return self.verb, self.resource


class Cluster:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.port = int((folder / "port").read_text())
        self.audit = folder / "audit.log"

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        command = ["kubectl", "--kubeconfig", str(self.folder / "kubeconfig"), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def namespace(self, name: str):
        self.kubectl("apply", "-f", "-", given=json.dumps(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))

    def account(self, namespace: str, name: str, folder: pathlib.Path) -> pathlib.Path:
        """What a kubelet would mount into a pod of this service account."""
        token = self.kubectl("create", "--raw", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", "-f", "-",
                             given=json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                               "spec": {"expirationSeconds": 3600}}))
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in (("token", json.loads(token)["status"]["token"]), ("namespace", namespace),
                           ("ca.crt", (self.folder / "ca.crt").read_text())):
            (folder / file).write_text(text)
            (folder / file).chmod(0o644)
        folder.chmod(0o755)
        return folder

    def rollouts(self) -> list[dict]:
        return json.loads(self.kubectl("get", "rollouts.argoproj.io", "-A", "-o", "json"))["items"]

    def mark(self) -> int:
        """The audit log's length: for `requests` since then."""
        return self.audit.stat().st_size

    def requests(self, account: str, since: int) -> list[Request]:
        """What `account` (namespace:name) has asked for."""
        with open(self.audit, "rb") as log:
            log.seek(since)
            events = [json.loads(line) for line in log]
        return [
            Request(event["verb"], "/".join(filter(None, (of.get("resource", ""), of.get("subresource")))), of.get("namespace", ""), of.get("name", ""),
                    event["responseStatus"]["code"])
            for event in events if event["user"]["username"] == f"system:serviceaccount:{account}"
            for of in [event.get("objectRef", {})]
        ]


def summary(requests: list[Request]) -> Counter:
    return Counter(f"{request.verb} {request.resource} {request.status}" for request in requests)

"""The API server of a throw-away cluster, as its administrator."""

import http.client
import json
import pathlib
import ssl
import threading


class Server:
    """Keeps one connection for each thread that asks."""

    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)
        self.variables = dict(line.strip().split("=", 1) for line in open(f"{folder}/env"))
        self.port = int(self.variables["SERVER"].rsplit(":", 1)[1])
        self.context = ssl.create_default_context(cafile=self.variables["CA_FILE"])
        self.context.load_cert_chain(self.variables["ADMIN_CERT"], self.variables["ADMIN_KEY"])
        self.local = threading.local()

    @property
    def processes(self) -> list[int]:
        """Its own, and etcd's."""
        return [int((self.folder / f"{name}.pid").read_text()) for name in ("kube-apiserver", "etcd")]

    def ask(self, method: str, path: str, body=None, kind="application/json"):
        """The status and the document of an answer."""
        for _ in range(2):
            if getattr(self.local, "connection", None) is None:
                self.local.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context)
            try:
                text = None if body is None else json.dumps(body)
                self.local.connection.request(method, path, text, {"Content-Type": kind})
                answer = self.local.connection.getresponse()
                return answer.status, json.loads(answer.read() or b"{}")
            except (http.client.HTTPException, OSError):
                self.local.connection = None
        raise SystemExit(f"no answer to {method} {path}")

    def must(self, method: str, path: str, body=None, kind="application/json") -> dict:
        """The document of an answer that is a success."""
        status, document = self.ask(method, path, body, kind)
        if not 200 <= status < 300:
            raise SystemExit(f"{method} {path} was answered {status}: {document.get('message')}")
        return document

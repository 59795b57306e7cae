"""An API server on 127.0.0.1 that records which requests for Rollouts arrive, and with what."""

import gzip
import json
import re
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from case import Answer
from certificates import Certificates

GROUP_VERSION = "argoproj.io/v1alpha1"
LIST_BODY = json.dumps({
    "apiVersion": GROUP_VERSION, "kind": "RolloutList", "metadata": {"resourceVersion": "1"}, "items": []})

#: The responses to kubectl's discovery of Rollouts.
DISCOVERY = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [{
        "name": "argoproj.io",
        "versions": [{"groupVersion": GROUP_VERSION, "version": "v1alpha1"}],
        "preferredVersion": {"groupVersion": GROUP_VERSION, "version": "v1alpha1"}}]},
    f"/apis/{GROUP_VERSION}": {
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP_VERSION,
        "resources": [{"name": "rollouts", "singularName": "rollout", "namespaced": True, "kind": "Rollout",
                       "verbs": ["get", "list"]}]},
}

AGENT = re.compile(r"^[\w.-]+/v\d+\.\d+\.\d+\S* \(linux/\w+\) (kubernetes/)?\w+$")


def tls_contexts(certificates: Certificates) -> dict[str, ssl.SSLContext]:
    """A context for each server certificate. It asks for a client certificate, and notes the name it is asked for."""
    contexts = {}
    for name, pair in certificates.servers.items():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        context.load_verify_locations(certificates.authority.certificate)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.sni_callback = note_server_name
        contexts[name] = context
    return contexts


def chain_context(chain: Path, key: Path) -> ssl.SSLContext:
    """A context for a certificate that may be weak: what is judged is the client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(chain, key)
    context.sni_callback = note_server_name
    return context


def note_server_name(connection: ssl.SSLSocket, name: str | None, _context):
    connection.server_name_asked = name


class Recorder(ThreadingHTTPServer):
    """Answers discovery, and requests for Rollouts with `answers` in turn, the last one for ever.

    Without `context` it speaks HTTP.
    """

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, context: ssl.SSLContext | None, answers: tuple[Answer, ...]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context
        self.answers = answers
        self.requests: list[dict] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def record(self, facts: dict) -> Answer:
        with self.lock:
            self.requests.append(facts)
            return self.answers[min(len(self.requests), len(self.answers)) - 1]

    def take(self) -> list[dict]:
        """What arrived since the last call."""
        with self.lock:
            taken, self.requests = self.requests, []
            return taken

    def handle_error(self, request, client_address):
        """A client that ends the handshake because it does not trust us is what many cases are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    server: Recorder

    def setup(self):
        if self.server.context:
            self.request.settimeout(self.timeout)
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self):
        path = self.path.partition("?")[0]
        discovered = next((body for suffix, body in DISCOVERY.items() if path == suffix or path.endswith(suffix)), None)
        if "/rollouts" in path:
            self.send(self.server.record(self.facts(path)))
        elif discovered:
            self.send(Answer(body=json.dumps(discovered)))
        else:
            self.send(Answer(404, "404 page not found", "text/plain"))

    def facts(self, path: str) -> dict:
        headers = self.headers
        secure = self.server.context is not None
        subject = self.request.getpeercert() if secure else None
        return {
            "method": self.command,
            "path": path,
            "host": headers.get("Host"),
            "server_name": getattr(self.request, "server_name_asked", None),
            "authorization": headers.get("Authorization"),
            "impersonate": sorted(
                (name.lower(), value) for name, value in headers.items() if name.lower().startswith("impersonate-")),
            "accept_encoding": headers.get("Accept-Encoding"),
            "agent_like_kubectl": bool(AGENT.match(headers.get("User-Agent", ""))),
            "client_certificate": subject["subject"][0][0][1] if subject else None,
            "proxy_authorization": headers.get("Proxy-Authorization"),
        }

    def send(self, answer: Answer):
        time.sleep(answer.delay)
        body = (LIST_BODY if answer.body is None else answer.body).encode()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The report is the log."""

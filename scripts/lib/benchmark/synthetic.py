"""An API server of Rollouts that exist only while they are sent: as many as one likes, as fast as they are read."""

import collections
import http.server
import json
import pathlib
import random
import re
import ssl
import subprocess
import threading
import time
import urllib.parse

from fleet import NAMESPACES, healthy, pod_hash, rollout, stuck

ROLLOUTS = re.compile(r"/apis/argoproj\.io/v1alpha1/(?:namespaces/([^/]+)/)?rollouts(?:/([^/]+))?")
REPLICA_SETS = re.compile(r"/apis/apps/v1/namespaces/([^/]+)/replicasets(?:/([^/]+)-[^-/]+)?")
EVENTS, BUDGETS = "/events", "/poddisruptionbudgets"
PIECE = 256 * 1024
TURNS_A_SECOND = 20
# What is put in the place of these differs; a name has no more than eight digits at its end.
NAME, NAMESPACE, NUMBER, UID = b"checkout-service-00000000", b"team-with-a-name-000", b"@version@", b"@uid@"


def managed(document):
    """The fields' managers of an object, in the form of `fieldsV1`."""
    if isinstance(document, dict):
        return {f"f:{key}": managed(value) for key, value in document.items()}
    if isinstance(document, list):
        return {f'k:{{"name":"{item["name"]}"}}': managed(item) for item in document
                if isinstance(item, dict) and "name" in item}
    return {}


def uid(name: str) -> str:
    return f"{name[-8:]}-5eed-4a11-8b0c-{name[-8:]:0>12}"


def template() -> bytes:
    """A Rollout as a server sends it, without its status, with a placeholder for each of what differs."""
    namespace, name = NAMESPACE.decode(), NAME.decode()
    document = rollout(namespace, name)
    fields = managed({"spec": {"template": {"spec": {"volumes": document["spec"]["template"]["spec"]["volumes"]}}}})
    document["metadata"].update({
        "uid": UID.decode(), "resourceVersion": NUMBER.decode(), "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsType": "FieldsV1",
                           "apiVersion": "argoproj.io/v1alpha1", "fieldsV1": fields}]})
    return json.dumps(document, separators=(",", ":")).encode()[:-1] + b',"status":'


class Synthetic:
    """`count` Rollouts over 100 namespaces; `with` serves them on a port of 127.0.0.1."""

    def __init__(self, folder: pathlib.Path, count: int):
        self.count = count
        self.template = template()
        self.version = count
        #: Of the Rollouts that differ from the others: when each was asked to restart.
        self.restarted: dict[int, str] = {}
        self.hung: dict[int, float] = {}
        #: Seconds since they have timed out.
        self.age = 3600
        #: Seconds from the event that shows a Rollout stuck to the PATCH.
        self.delays: list[float] = []
        #: By what was asked: how many times, and how many bytes were sent.
        self.requests = collections.Counter()
        self.sent = collections.Counter()
        #: What a watch is to be told, by number; and how many changes a second it is told besides.
        self.news: collections.deque[int] = collections.deque()
        self.rate = 0
        self.is_over = threading.Event()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate(folder))

    def __enter__(self):
        outer = self

        class Handler(Conversation):
            synthetic = outer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()

    def key(self, number: int) -> tuple[str, str]:
        return NAMESPACE.decode()[:-3] + f"{number % NAMESPACES:03}", NAME.decode()[:-8] + f"{number:08}"

    def status(self, number: int) -> dict:
        key = self.key(number)
        if number in self.restarted:
            return healthy(key) | {"restartedAt": self.restarted[number]}
        return stuck(key, 1, self.age) if number in self.hung else healthy(key)

    def document(self, number: int, status: bytes | None = None) -> bytes:
        namespace, name = self.key(number)
        text = self.template.replace(NAME, name.encode()).replace(NAMESPACE, namespace.encode())
        self.version += 1
        status = status or json.dumps(self.status(number)).encode()
        if number in self.restarted:
            text = text.replace(b'"spec":{"replicas"', b'"spec":{"restartAt":"%s","replicas"' % self.restarted[number].encode())
        text = text.replace(NUMBER, str(self.version).encode()).replace(UID, uid(name).encode())
        return text + status + b"}"

    def all(self):
        """The pieces of a list of all; one status serves all that are well."""
        well = json.dumps(healthy(self.key(0))).encode()
        yield (b'{"kind":"RolloutList","apiVersion":"argoproj.io/v1alpha1","metadata":{"resourceVersion":"%d"},"items":['
               % self.version)
        items, size = [], 0
        for number in range(self.count):
            item = self.document(number, None if number in self.hung or number in self.restarted else well)
            items.append(item)
            size += len(item)
            if size > PIECE:
                yield b",".join(items) + (b"," if number + 1 < self.count else b"")
                items, size = [], 0
        yield b",".join(items) + b"]}"

    def changes(self):
        """The pieces of a watch: whatever is new, and `rate` changes a second of no interest besides."""
        begun, told = time.monotonic(), 0
        while not self.is_over.wait(max(0.0, begun + (told + 1) / TURNS_A_SECOND - time.monotonic())):
            told += 1
            chosen = [self.news.popleft() for _ in range(len(self.news))]
            well = healthy(self.key(0)) | {"availableReplicas": told % 3}
            lines = [self.event(number) for number in chosen]
            for _ in range(self.rate // TURNS_A_SECOND):
                number = random.randrange(self.count)
                is_special = number in self.hung or number in self.restarted
                lines.append(self.event(number, None if is_special else json.dumps(well).encode()))
            self.requests["changes"] += len(lines)
            now = time.monotonic()
            for number in chosen:
                if number not in self.restarted:
                    self.hung[number] = now
            if lines:
                yield b"".join(lines)

    def event(self, number: int, status: bytes | None = None) -> bytes:
        return b'{"type":"MODIFIED","object":' + self.document(number, status) + b"}\n"

    def hang(self, number: int) -> None:
        self.hung[number] = time.monotonic()
        self.news.append(number)

    def restart(self, number: int, patch: dict) -> None:
        self.restarted[number] = patch["spec"]["restartAt"]
        if number in self.hung:
            self.delays.append(time.monotonic() - self.hung.pop(number))
        self.news.append(number)

    def replica_set(self, namespace: str, name: str) -> dict:
        key = namespace, name
        return {"apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": {"name": f"{name}-{pod_hash(key)}", "namespace": namespace, "generation": 1,
                             "labels": {"rollouts-pod-template-hash": pod_hash(key)}, "ownerReferences": [{"uid": uid(name)}],
                             # Of a refresh that did not help.
                             "annotations": {"rollout-heal/refreshed": f"{int(time.time()) - 60}.1"}},
                "spec": {"replicas": 2}, "status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2}}

    def replica_sets(self, namespace: str) -> dict:
        """Of all that hang; no selector is looked at."""
        keys = [self.key(number) for number in list(self.hung)]
        return {"apiVersion": "apps/v1", "kind": "ReplicaSetList", "metadata": {"resourceVersion": "1"},
                "items": [self.replica_set(*key) for key in keys if key[0] == namespace]}


class Conversation(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Head and body are written one after the other: the second would wait 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    synthetic: Synthetic

    def setup(self):
        # Here, in the connection's own thread: nobody else waits for the handshake.
        self.request.do_handshake()
        super().setup()

    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if match := ROLLOUTS.fullmatch(url.path):
            if match[2]:
                self.answer("get", self.synthetic.document(int(match[2][-8:])))
            elif "sendInitialEvents=true" in url.query:
                self.send_error(422)
            elif "watch=true" in url.query:
                self.stream("watch", self.synthetic.changes())
            else:
                self.stream("list", self.synthetic.all())
        elif match := REPLICA_SETS.fullmatch(url.path):
            found = self.synthetic.replica_set(match[1], match[2]) if match[2] else self.synthetic.replica_sets(match[1])
            self.answer("replicasets", json.dumps(found).encode())
        elif url.path.endswith(BUDGETS):
            self.answer("poddisruptionbudgets", b'{"kind":"PodDisruptionBudgetList","apiVersion":"policy/v1","metadata":'
                        b'{"resourceVersion":"1"},"items":[]}')
        else:
            self.refuse()

    def do_PATCH(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match = ROLLOUTS.fullmatch(urllib.parse.urlsplit(self.path).path)
        if not match:
            return self.refuse()
        number = int(match[2][-8:])
        self.synthetic.restart(number, body)
        self.answer("patch", self.synthetic.document(number))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not urllib.parse.urlsplit(self.path).path.endswith(EVENTS):
            return self.refuse()
        self.answer("events", body, 201)

    def refuse(self):
        self.answer("refused", b'{"kind":"Status","apiVersion":"v1","status":"Failure","code":404,"reason":"NotFound",'
                    b'"message":"not found"}', 404)

    def answer(self, what: str, body: bytes, status: int = 200):
        self.begin(what, status, ("Content-Length", str(len(body))))
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True
        self.synthetic.sent[what] += len(body)

    def stream(self, what: str, pieces):
        self.begin(what, 200, ("Transfer-Encoding", "chunked"))
        try:
            for piece in pieces:
                self.wfile.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
                self.synthetic.sent[what] += len(piece)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def begin(self, what: str, status: int, *headers):
        self.synthetic.requests[what] += 1
        self.send_response(status)
        for header in (("Content-Type", "application/json"), *headers):
            self.send_header(*header)
        self.end_headers()


def certificate(folder: pathlib.Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 and its key, which is also the authority to trust."""
    paths = str(folder / "tls.crt"), str(folder / "tls.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=synthetic", "-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]],
        check=True, stderr=subprocess.DEVNULL)
    return paths

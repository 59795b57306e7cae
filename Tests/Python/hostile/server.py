"""A TLS server that answers as an honest API server would, but for the one stage that is under attack."""

import json
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from email.utils import formatdate
from typing import Callable

from cluster import PATCH, WATCH, Cluster, Request


class Peer:
    """One connection, as an attack sees it."""

    def __init__(self, connection, over: threading.Event):
        self.connection = connection
        self.over = over

    def send(self, data: bytes):
        self.connection.sendall(data)

    def flood(self, data: bytes, pause=0.0):
        """Sends for ever: until nobody takes it any more."""
        while not self.over.wait(pause) if pause else not self.over.is_set():
            self.send(data)

    def hold(self):
        """Says nothing, for ever."""
        self.over.wait()

    def reset(self):
        """Ends with a RST instead of a FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The TLS object would send a close notification first.
        socket.close(self.connection.detach())


Answer = Callable[[Peer, Request, Cluster], None]


@dataclass(frozen=True)
class Attack:
    """What is done instead of an answer; each of the others takes the place of a part of the connection before it."""

    answer: Answer | None = None
    #: Handles the TCP connection before TLS.
    greet: Callable[[Peer], None] | None = None
    #: Handles the TLS connection before a request is read.
    welcome: Callable[[Peer], None] | None = None
    certificate: str = "server"
    protocols: tuple[str, ...] = ("http/1.1",)
    #: Whether to answer further requests on the connection.
    keeps_open: bool = False


class Server:
    """Listens on a port of its own; `with` ends it and all its connections."""

    def __init__(self, contexts: dict, attack: Attack, stage: str | None):
        self.cluster = Cluster()
        self.contexts, self.attack, self.stage = contexts, attack, stage
        self.accepted = 0
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]

    def __enter__(self) -> "Server":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        # Wakes up a thread in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        try:
            connection.settimeout(60)
            if self.attack.greet:
                return self.attack.greet(Peer(connection, self.over))
            context = self.contexts[self.attack.certificate]
            if self.attack.protocols != ("http/1.1",):
                context = self.contexts["h2"]
            connection = context.wrap_socket(connection, server_side=True)
            peer = Peer(connection, self.over)
            if self.attack.welcome:
                return self.attack.welcome(peer)
            with connection.makefile("rb") as reader:
                while request := read(reader):
                    self.cluster.note(request)
                    if request.stage == self.stage and self.attack.answer:
                        if request.stage == PATCH and not self.cluster.restart_at:
                            # The harder half of the attack: the request is performed, but not answered properly.
                            self.cluster.apply(request)
                        self.attack.answer(peer, request, self.cluster)
                        if not self.attack.keeps_open:
                            return
                        continue
                    honest(peer, request, self.cluster)
        except (OSError, ValueError):
            pass
        finally:
            try:
                connection.close()
            except OSError:
                pass


class Trap:
    """A port where nobody may connect, at an address of its own: what looks for a server that is gone finds it by chance."""

    ADDRESS = "127.0.0.2"

    def __enter__(self) -> "Trap":
        self.listener = socket.create_server((self.ADDRESS, 0))
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        return self

    def __exit__(self, *_):
        self.listener.close()

    @property
    def accepted(self) -> int:
        try:
            self.listener.accept()
            return 1
        except BlockingIOError:
            return 0


def read(reader) -> Request | None:
    line = reader.readline().split()
    if len(line) != 3:
        return None
    headers = {}
    while (field := reader.readline().strip()) != b"":
        name, _, value = field.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", 0)))
    return Request(line[0].decode(), line[1].decode(), headers, body)


def honest(peer: Peer, request: Request, cluster: Cluster):
    status, answer = cluster.answer(request)
    if request.stage == WATCH:
        peer.send(head(200) + b"\r\n" + json.dumps(answer).encode() + b"\n")
        return peer.hold()
    peer.send(whole(status, json.dumps(answer).encode()))


def head(status: int = 200, *fields: str) -> bytes:
    """Without the empty line at its end."""
    lines = [f"HTTP/1.1 {status} X", f"Date: {formatdate(usegmt=True)}", *fields]
    if not any(field.lower().startswith("content-type:") for field in fields):
        lines.append("Content-Type: application/json")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def whole(status: int, body: bytes, *fields: str) -> bytes:
    return head(status, *fields, f"Content-Length: {len(body)}") + b"\r\n" + body


def contexts(certificates: dict) -> dict[str, ssl.SSLContext]:
    """One for each server certificate, and one more that speaks HTTP/2."""
    made = {}
    for name, pair in certificates.items():
        made[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made[name].load_cert_chain(pair.certificate, pair.key)
        made[name].set_alpn_protocols(["http/1.1"])
    if "server" not in certificates:
        return made
    made["h2"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made["h2"].load_cert_chain(certificates["server"].certificate, certificates["server"].key)
    made["h2"].set_alpn_protocols(["h2"])
    return made

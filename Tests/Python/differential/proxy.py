"""Proxies on 127.0.0.1: HTTP, HTTPS and SOCKS 5.

They lead to the recorder, whatever they are asked for, and note what that was.
"""

import base64
import selectors
import socket
import socketserver
import ssl
import struct
import threading


class Proxy(socketserver.ThreadingTCPServer):
    """`kind` is http, https or socks5; `target` is the recorder's address; `context` is for https."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, kind: str, target: tuple[str, int], context: ssl.SSLContext):
        super().__init__(("127.0.0.1", 0), SocksTunnel if kind == "socks5" else HTTPTunnel)
        self.context = context if kind == "https" else None
        self.target = target
        self.tunnels: list[tuple] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def record(self, *facts):
        """How many connections a program opens is its own affair: each kind of tunnel counts once."""
        with self.lock:
            if facts not in self.tunnels:
                self.tunnels.append(facts)

    def take(self) -> list[tuple]:
        with self.lock:
            taken, self.tunnels = self.tunnels, []
            return taken

    def handle_error(self, request, client_address):
        """A tunnel ends when either side goes away."""


class Tunnel(socketserver.BaseRequestHandler):
    server: Proxy

    def setup(self):
        self.request.settimeout(20)
        if self.server.context:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)

    def receive(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            part = self.request.recv(count - len(received))
            if not part:
                raise ConnectionError("the client went away")
            received += part
        return received

    def relay(self, first: bytes = b""):
        """Copies both ways until one side ends."""
        with socket.create_connection(self.server.target, 20) as upstream, selectors.DefaultSelector() as selector:
            upstream.sendall(first)
            selector.register(self.request, selectors.EVENT_READ, upstream)
            selector.register(upstream, selectors.EVENT_READ, self.request)
            while True:
                for key, _ in selector.select(20):
                    part = key.fileobj.recv(65536)
                    # A TLS connection may have buffered data that the selector does not see.
                    while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                        part += key.fileobj.recv(65536)
                    if not part:
                        return
                    key.data.sendall(part)


class HTTPTunnel(Tunnel):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.receive(1)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ", 2)
        authorization = next((line.split(b":", 1)[1].strip().decode() for line in head.split(b"\r\n")
                              if line.lower().startswith(b"proxy-authorization:")), None)
        if method == "CONNECT":
            self.server.record("CONNECT", target, authorization)
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.relay()
        else:
            self.server.record("absolute", target.partition("?")[0], authorization)
            self.relay(head)


class SocksTunnel(Tunnel):
    """RFC 1928, with the user names of RFC 1929."""

    ADDRESS_TYPES = {1: "IPv4", 3: "name", 4: "IPv6"}

    def handle(self):
        _, count = self.receive(2)
        methods = self.receive(count)
        user = None
        if 2 in methods:
            self.request.sendall(b"\x05\x02")
            user = self.user_and_password()
            self.request.sendall(b"\x01\x00")
        else:
            self.request.sendall(b"\x05\x00")
        _, _, _, kind = self.receive(4)
        length = {1: 4, 4: 16}.get(kind) or self.receive(1)[0]
        address = self.receive(length)
        match kind:
            case 1:
                name = socket.inet_ntop(socket.AF_INET, address)
            case 4:
                name = socket.inet_ntop(socket.AF_INET6, address)
            case _:
                name = address.decode()
        (port,) = struct.unpack("!H", self.receive(2))
        self.server.record("socks5", self.ADDRESS_TYPES[kind], f"{name}:{port}", user)
        self.request.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        self.relay()

    def user_and_password(self) -> str:
        _, length = self.receive(2)
        user = self.receive(length)
        password = self.receive(self.receive(1)[0])
        return base64.b64encode(user + b":" + password).decode()

"""Measures the time from starting a program to its first request, on a TLS server of its own on 127.0.0.1.

    first-request.py [--runs N] [--root DIR] [--curl] PROGRAM ARGUMENT...

The program runs as in a pod: its service account's folder is made below DIR, and with --root it runs in a chroot there, as
user 65532 (which takes root). Prints the medians in milliseconds of: connected, handshake done, request received. With --curl,
curl sends a request in turn with the program, and its median of the last follows: what this machine needs for that.
"""

import argparse
import os
import pathlib
import shutil
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
          b'{"kind":"RolloutList","apiVersion":"argoproj.io/v1alpha1","metadata":{"resourceVersion":"1"},"items":[]}')
ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount"


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=first-request", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, stderr=subprocess.DEVNULL)


def start(command, environment, root):
    """Starts the command; the time right before its first instruction, and its process id."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if root:
                os.chroot(root)
                os.chdir("/")
                os.setgroups([])
                os.setgid(65532)
                os.setuid(65532)
            os.write(write, struct.pack("d", time.monotonic()))
            os.execve(command[0], command, environment)
        finally:
            os._exit(126)
    os.close(write)
    moment = struct.unpack("d", os.read(read, 8))[0]
    os.close(read)
    return moment, child


def measure(command, environment, root, listener, context):
    begin, child = start(command, environment, root)
    connection, _ = listener.accept()
    connected = time.monotonic()
    with context.wrap_socket(connection, server_side=True) as tls:
        shaken = time.monotonic()
        tls.recv(65536)
        received = time.monotonic()
        tls.sendall(ANSWER)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        sys.exit(f"error: {command} ended with {status}")
    return [(moment - begin) * 1000 for moment in (connected, shaken, received)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=41)
    parser.add_argument("--root")
    parser.add_argument("--curl", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_certificate(folder)
        account = pathlib.Path(options.root or "/") / ACCOUNT
        account.mkdir(parents=True, exist_ok=True)
        (account / "ca.crt").write_bytes((folder / "tls.crt").read_bytes())
        (account / "token").write_text("token")
        (account / "namespace").write_text("default")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(10)
            environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1",
                           "KUBERNETES_SERVICE_PORT": str(listener.getsockname()[1])}
            curl = [shutil.which("curl"), "-sS", "-o", "/dev/null", "--cacert", str(account / "ca.crt"),
                    f"https://127.0.0.1:{listener.getsockname()[1]}/apis"]
            runs = []
            for _ in range(options.runs):
                runs.append(measure(options.command, environment, options.root, listener, context))
                if options.curl:
                    runs[-1].append(measure(curl, {}, None, listener, context)[-1])
    print(" ".join(f"{statistics.median(column):.1f}" for column in zip(*runs)))


if __name__ == "__main__":
    main()

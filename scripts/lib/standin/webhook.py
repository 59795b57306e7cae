#!/usr/bin/env python3
"""Usage: scripts/lib/standin/webhook.py CERTIFICATE KEY MESSAGE [CODE]

An admission webhook that refuses everything it is asked about, for tests: HTTPS on a free port of 127.0.0.1, with the
certificate in the file CERTIFICATE and its key in KEY. It refuses in the words of MESSAGE, with the HTTP status CODE where one
is given: most webhooks give 403, and an API server answers 400 for those that give none.

Its first line on stdout is the port; each further one is a write that it refused: RESOURCE[/SUBRESOURCE] NAMESPACE/NAME. It
runs until SIGTERM or SIGINT. Which writes come to it says the ValidatingWebhookConfiguration that names it.
"""

import http.server
import json
import signal
import ssl
import sys
import threading

ENDING = {signal.SIGTERM, signal.SIGINT}


def refusal(review, message, code):
    """The answer to an AdmissionReview, of its own version."""
    status = {"message": message} if code is None else {"message": message, "code": code, "reason": "Forbidden"}
    response = {"uid": review["request"]["uid"], "allowed": False, "status": status}
    return {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response}


def said_of(request):
    resource = "/".join(filter(None, [request["resource"]["resource"], request.get("subResource")]))
    return f"{resource} {request.get('namespace', '')}/{request.get('name', '')}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print(said_of(review["request"]), flush=True)
        body = json.dumps(refusal(review, self.server.message, self.server.code)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__.rstrip())
    certificate, key, message, *code = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.message, server.code = message, int(code[0]) if code else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    # The handshake runs in the connection's thread, so that a silent client does not block others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    # A parent may have blocked these signals; when waited for, they end the process in any case.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    signal.sigwait(ENDING)


if __name__ == "__main__":
    main()

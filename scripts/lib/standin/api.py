"""Talks to the API server of a cluster that scripts/dev/cluster made, as its administrator; lists and watches."""

import http.client
import json
import pathlib
import shlex
import ssl
import time
import urllib.parse

ROLLOUTS, REPLICA_SETS = "rollouts", "replicasets"
PREFIX = {ROLLOUTS: "/apis/argoproj.io/v1alpha1", REPLICA_SETS: "/apis/apps/v1"}
MERGE = "application/merge-patch+json"


class Refused(Exception):
    """An answer that is no success; status 0 when none came."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Api:
    """One connection, which is made again when it was lost. Each thread needs its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        lines = (self.directory / "env").read_text(encoding="utf-8").splitlines()
        env = dict(line.split("=", 1) for line in shlex.split("\n".join(lines)))
        server = urllib.parse.urlsplit(env["SERVER"])
        if server.hostname != "127.0.0.1":
            raise SystemExit(f"error: {server.hostname} is not 127.0.0.1; this is for throw-away clusters only")
        self.context = ssl.create_default_context(cafile=env["CA_FILE"])
        self.context.load_cert_chain(env["ADMIN_CERT"], env["ADMIN_KEY"])
        self.address = server.hostname, server.port
        self.connection = None

    def connect(self, timeout):
        return http.client.HTTPSConnection(*self.address, context=self.context, timeout=timeout)

    def close(self):
        self.connection.close()
        self.connection = None

    def request(self, method, path, body=None, kind="application/json"):
        """The decoded answer. A connection that was closed while it rested is made again, once."""
        rested = self.connection is not None
        if not rested:
            self.connection = self.connect(20)
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": kind})
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            if rested and isinstance(problem, (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)):
                return self.request(method, path, body, kind)
            raise Refused(0, f"{type(problem).__name__}: {problem}") from problem
        try:
            decoded = json.loads(text)
        except ValueError:
            decoded = {"message": text.decode(errors="replace")}
        if answer.status >= 300:
            raise Refused(answer.status, decoded.get("message", ""))
        return decoded


def path_of(kind, key, subresource=""):
    namespace, name = key.split("/")
    return f"{PREFIX[kind]}/namespaces/{namespace}/{kind}/{name}{subresource}"


def follow(directory, kind, receive):
    """Lists, then watches, for ever: calls receive("LIST", [object]) and receive("ADDED"|"MODIFIED"|"DELETED", object).

    A watch that ends goes on from its last version; when the server has forgotten that (410), it is listed again. After
    each failure it waits longer, up to 2 s.
    """
    api, version, failures = Api(directory), None, 0
    while True:
        try:
            if version is None:
                answer = api.request("GET", f"{PREFIX[kind]}/{kind}")
                version = answer["metadata"]["resourceVersion"]
                receive("LIST", answer["items"])
            for event in watch(api, kind, version):
                if event["type"] == "ERROR":
                    version = None
                    break
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    receive(event["type"], event["object"])
                failures = 0
        except Refused as refusal:
            if refusal.status == 410:
                version = None
            time.sleep(min(2, 0.05 * 2 ** failures))
            failures = min(failures + 1, 10)


def watch(api, kind, version):
    query = f"watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion={version}"
    connection = api.connect(330)
    try:
        connection.request("GET", f"{PREFIX[kind]}/{kind}?{query}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise Refused(answer.status, answer.read().decode(errors="replace"))
        while line := answer.readline():
            yield json.loads(line)
    except (OSError, ValueError, http.client.HTTPException) as problem:
        raise Refused(0, str(problem)) from problem
    finally:
        connection.close()

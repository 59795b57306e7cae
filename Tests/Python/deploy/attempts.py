"""Attempts on a real API server, each with an account's own token: what heals must be let through, what could do harm must be
refused by RBAC, and what RBAC cannot refuse must be no more than docs/security.md says."""

import http.client
import json
import secrets
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from manifests import Object

JSON, MERGE = "application/json", "application/merge-patch+json"
REPLICASETS = "/apis/apps/v1/namespaces/{}/replicasets"
REPLICASET, ROLLOUTS = f"{REPLICASETS}/web-7f9c", "/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts"
ROLLOUT, POD = f"{ROLLOUTS}/web", "/api/v1/namespaces/{}/pods/web-7f9c-x"
EVENTS, JOBS = "/apis/events.k8s.io/v1/namespaces/{}/events", "/apis/batch/v1/namespaces/{}/jobs"
MARK = "rollout-heal/refreshed"
# The program's field manager.
OURS = "fieldManager=rollout-heal"

EVICTION = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "web-7f9c-x"}}
SCALED = {"spec": {"replicas": 0}}
LABELLED = {"metadata": {"labels": {"team": "other"}}}
# Method, path, body, and the RBAC verb and resource.
REFUSED = [
    ("PATCH", REPLICASET, LABELLED, "patch", "replicasets"),
    ("PATCH", REPLICASET, {"metadata": {"annotations": {MARK: "1.1"}}}, "patch", "replicasets"),
    ("PUT", REPLICASET, {}, "update", "replicasets"),
    ("PUT", f"{REPLICASET}/status", {}, "update", "replicasets/status"),
    ("PATCH", f"{REPLICASET}/scale", SCALED, "patch", "replicasets/scale"),
    ("PUT", f"{REPLICASET}/scale", SCALED, "update", "replicasets/scale"),
    ("DELETE", REPLICASET, {}, "delete", "replicasets"),
    ("DELETE", REPLICASETS, {}, "deletecollection", "replicasets"),
    ("POST", REPLICASETS, {}, "create", "replicasets"),
    ("DELETE", POD, {}, "delete", "pods"),
    ("PATCH", POD, LABELLED, "patch", "pods"),
    ("POST", f"{POD}/eviction", EVICTION, "create", "pods/eviction"),
    ("PATCH", f"{ROLLOUT}/status", {"status": {"phase": "Healthy"}}, "patch", "rollouts/status"),
    ("PATCH", f"{ROLLOUT}/scale", SCALED, "patch", "rollouts/scale"),
    ("PUT", ROLLOUT, {}, "update", "rollouts"),
    ("DELETE", ROLLOUT, {}, "delete", "rollouts"),
    ("POST", JOBS, {}, "create", "jobs"),
]
# What `patch` on replicasets/status can write beyond a refresh, and what it cannot: RBAC does not distinguish fields.
WRITTEN_TOO = {
    "a label": (LABELLED, ("metadata", "labels", "team")),
    "another annotation": ({"metadata": {"annotations": {"team": "other"}}}, ("metadata", "annotations", "team")),
    "a finalizer": ({"metadata": {"finalizers": ["rollout-heal.test/a"]}}, ("metadata", "finalizers")),
    "an owner": (
        {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "x"}]}},
        ("metadata", "ownerReferences"),
    ),
    "a count": ({"status": {"replicas": 9}}, ("status", "replicas")),
}
DROPPED = {
    "the number of replicas": SCALED,
    "the image": {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "evil"}]}}}},
}


class Client:
    """Requests on one connection, as the admin with his certificate or with a token."""

    def __init__(self, cluster: Path, token: str | None = None):
        context = ssl.create_default_context(cafile=str(cluster / "ca.crt"))
        if token is None:
            context.load_cert_chain(cluster / "admin.crt", cluster / "admin.key")
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        port = int((cluster / "port").read_text())
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Object]:
        headers = {**self.headers, "Content-Type": MERGE if method == "PATCH" else JSON}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


class Attempts:
    def __init__(self, cluster: Path):
        self.cluster = cluster
        self.admin = Client(cluster)
        self.made = 0

    def furnish(self, namespace: str):
        """What is tried on."""
        metadata = {"name": "web-7f9c", "labels": {"app": "web"}}
        template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
        spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template}
        self.clear(namespace)
        for path, each in (
            (REPLICASETS, {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}),
            (ROLLOUTS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"}, "spec": spec}),
        ):
            status, answer = self.admin.send("POST", path.format(namespace), each)
            if status != 201:
                raise RuntimeError(f"{path}: {answer.get('message')}")

    def clear(self, namespace: str):
        """Whoever uses the cluster next finds nothing of it."""
        self.admin.send("DELETE", REPLICASET.format(namespace))
        self.admin.send("DELETE", ROLLOUT.format(namespace))

    def client(self, account: str) -> Client:
        namespace, _, name = account.partition(":")
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        status, answer = self.admin.send("POST", path, body)
        if status != 201:
            raise RuntimeError(f"no token for {account}: {answer.get('message')}")
        return Client(self.cluster, answer["status"]["token"])

    def problems(self, account: str, namespace: str, heals: bool) -> Iterator[str]:
        """All that is tried by an account in a namespace; `heals`: it is there to heal that one."""
        client = self.client(account)
        for method, path, body, is_done in self.writes(namespace):
            self.made += 1
            status, answer = client.send(method, path, body)
            if heals and not (status in (200, 201) and is_done(answer)):
                yield f"{account}: {method} {path} is answered {status}: {answer.get('message', answer)}"
            if not heals and not is_refused(status, answer):
                yield f"{account}: {method} {path} is answered {status}"
        for method, path, body, verb, resource in REFUSED:
            if resource == "jobs" and account == f"{namespace}:rollout-heal-sensor":
                continue  # that is what it is for
            self.made += 1
            status, answer = client.send(method, path.format(namespace), body)
            if not is_refused(status, answer, verb, resource):
                yield f"{account} in {namespace}: to {verb} {resource} is answered {status}: {answer.get('message', answer)}"

    def writes(self, namespace: str) -> Iterator[tuple]:
        """Method, path, body, and whether the answer is as it should be: a refresh, of a ReplicaSet and of a Rollout, a restart and
        what is told."""
        replicaset = self.admin.send("GET", REPLICASET.format(namespace))[1]
        rollout = self.admin.send("GET", ROLLOUT.format(namespace))[1]
        mark = f"1772366400.{secrets.randbelow(10**6)}"  # always new
        refresh = {"metadata": {"uid": replicaset["metadata"]["uid"], "annotations": {MARK: mark}}}
        show = {"metadata": {"uid": rollout["metadata"]["uid"], "labels": {MARK: mark}}}
        restart = {
            "metadata": {"uid": rollout["metadata"]["uid"], "labels": {"rollout-heal/restarted-at": "1772366400"}},
            "spec": {"restartAt": "2026-03-01T12:00:00Z"},
        }
        event = f"web.{secrets.token_hex(8)}"
        regarding = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "namespace": namespace}
        told = {
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": event, "namespace": namespace},
            "eventTime": "2026-03-01T12:00:00.000000Z", "reportingController": "rollout-heal", "reportingInstance": "a",
            "action": "Refresh", "reason": "RolloutRefreshed", "type": "Normal", "note": "a note", "regarding": regarding,
        }
        counted = {"series": {"count": 2, "lastObservedTime": "2026-03-01T12:01:00.000000Z"}}

        def is_refreshed(answer: Object) -> bool:
            """With the annotation, and nothing else is changed that was there."""
            expected = {**replicaset["metadata"].get("annotations", {}), MARK: mark}
            kept = ("labels", "uid", "generation", "ownerReferences", "finalizers")
            return (
                answer["metadata"].get("annotations") == expected
                and all(answer["metadata"].get(key) == replicaset["metadata"].get(key) for key in kept)
                and (answer["spec"], answer["status"]) == (replicaset["spec"], replicaset["status"])
            )

        events = EVENTS.format(namespace)
        yield "PATCH", f"{REPLICASET.format(namespace)}/status?{OURS}", refresh, is_refreshed
        yield "PATCH", f"{ROLLOUT.format(namespace)}?{OURS}", show, lambda it: it["metadata"]["labels"][MARK] == mark
        yield "PATCH", f"{ROLLOUT.format(namespace)}?{OURS}", restart, lambda it: it["spec"]["restartAt"] is not None
        yield "POST", f"{events}?{OURS}", told, lambda it: it["kind"] == "Event"
        yield "PATCH", f"{events}/{event}?{OURS}", counted, lambda it: it["series"]["count"] == 2

    def beyond(self, account: str, namespace: str) -> Iterator[str]:
        """What the right to refresh is beside a refresh, as docs/security.md says it."""
        client = self.client(account)
        path = f"{REPLICASET.format(namespace)}/status?{OURS}"
        for name, (body, field) in WRITTEN_TOO.items():
            self.furnish(namespace)
            status, answer = client.send("PATCH", path, body)
            if status != 200 or at(answer, field) != at(body, field):
                yield f"{name} is not written through /status, docs/security.md says it is: {status} {answer.get('message', '')}"
            self.admin.send("PATCH", REPLICASET.format(namespace), {"metadata": {"finalizers": None}})
        for name, body in DROPPED.items():
            self.furnish(namespace)
            before = self.admin.send("GET", REPLICASET.format(namespace))[1]
            client.send("PATCH", path, body)
            after = self.admin.send("GET", REPLICASET.format(namespace))[1]
            if after["spec"] != before["spec"] or after["metadata"]["generation"] != before["metadata"]["generation"]:
                yield f"{name} is written through /status, docs/security.md says it is not"


def at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value.get(part, {})
    return value


def is_refused(status: int, answer: Object, verb: str = "", resource: str = "") -> bool:
    """By RBAC: the words are its own, admission has others."""
    words = f'cannot {verb} resource "{resource}"' if verb else "cannot "
    return status == 403 and words in answer.get("message", "")

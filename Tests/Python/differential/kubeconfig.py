"""Kubeconfig files as cases need them: as JSON, which kubectl reads as the YAML it is."""

import json

#: The location of a case's kubeconfig, unless the case tests locations.
HOME_CONFIG = "home/.kube/config"

TRUSTED = {"server": "@SERVER@", "certificate-authority-data": "@CA_DATA@"}


def kubeconfig(user: dict | None = None, cluster: dict | None = None, context: dict | None = None, **top) -> str:
    """One context `x` with cluster `c` and user `u`.

    `cluster` and `context` are added to the defaults; None takes one away.
    """
    return json.dumps({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [{"name": "c", "cluster": added(TRUSTED, cluster)}],
        "users": [{"name": "u", "user": user if user is not None else {"token": "s3cr3t-w0rd-token"}}],
        "contexts": [{"name": "x", "context": added({"cluster": "c", "user": "u"}, context)}],
        **top,
    }, indent=2)


def added(defaults: dict, changes: dict | None) -> dict:
    return {key: value for key, value in {**defaults, **(changes or {})}.items() if value is not None}


def home(user: dict | None = None, cluster: dict | None = None, context: dict | None = None, **top) -> dict:
    """`files` of a case: that kubeconfig, in its usual place."""
    return {HOME_CONFIG: kubeconfig(user, cluster, context, **top)}

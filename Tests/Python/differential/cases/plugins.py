"""Credential plugins: how they are called, what they are told, what their answers and failures come to."""

import json

from case import LIST, RAW, Answer, Case, Fails, Refused, arrives
from kubeconfig import home

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"
INTERNAL = "client.authentication.k8s.io/__internal"
ISSUED = "s3cr3t-w0rd-issued"
BEARER = f"Bearer {ISSUED}"
#: A JSON web token that is valid until the year 3000: {"alg":"none"} and {"exp":32503680000}.
WEB_TOKEN = "eyJhbGciOiJub25lIn0.eyJleHAiOjMyNTAzNjgwMDAwfQ.s3cr3t-w0rd"

#: Records how it was called; prints the file `answer` of the case's folder.
RECORD = r'''#!/bin/sh
# kubectl ends the value with a line break.
info=$(printf %s "$KUBERNETES_EXEC_INFO")
arguments=
for argument; do arguments="$arguments,\"$argument\""; done
stdin=$(if [ -t 0 ]; then echo terminal; else head -c 5; fi)
environment=$(env | grep . | grep -v ^KUBERNETES_EXEC_INFO= | sort | sha256sum | cut -c1-16)
names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | sort | tr '\n' ' ')
printf '{"info": %s, "arguments": [%s], "variable": "%s", "folder": "%s", "stdin": "%s", "environment": "%s: %s"}\n' \
    "${info:-null}" "${arguments#,}" "$PLUGIN_VARIABLE" "$PWD" "$stdin" "$environment" "$names" >>@DIR@/plugin-calls
'''
PLUGIN = RECORD + "cat @DIR@/answer\n"
#: Issues the client's certificate and key.
ISSUE_PAIR = RECORD + r'''awk -v crt="$(cat @CERT@)" -v key="$(cat @KEY@)" 'BEGIN {
    gsub("\n", "\\n", crt); gsub("\n", "\\n", key)
    printf "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
    printf "\"status\":{\"clientCertificateData\":\"%s\\n\",\"clientKeyData\":\"%s\\n\"}}", crt, key}' </dev/null
'''


def credential(status: dict | None, version: str = V1, **more) -> str:
    return json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status, **more})


def plugin(exec_fields: dict | None = None, answer: str | None = None, version: str = V1, script: str = PLUGIN,
           cluster: dict | None = None, user: dict | None = None) -> dict:
    """Files: a kubeconfig whose user is the plugin `issue-token`, the plugin on PATH, and what it answers."""
    fields = {"apiVersion": version, "command": "issue-token", "interactiveMode": "Never", **(exec_fields or {})}
    return home({"exec": fields, **(user or {})}, cluster) | {
        "bin/issue-token": script, "answer": answer or credential({"token": ISSUED}, version)}


CALLS = [
    Case("plugin, v1", arrives(authorization=BEARER), plugin(), since=22),
    Case("plugin, v1beta1", arrives(authorization=BEARER), plugin(version=V1BETA1), since=22),
    Case("plugin, v1beta1 without interactiveMode", arrives(authorization=BEARER),
         plugin({"interactiveMode": None}, version=V1BETA1), since=22),
    Case("plugin with arguments and environment", arrives(authorization=BEARER),
         plugin({"args": ["eks", "get-token", "--name", "a b", "$HOME", ""],
                 "env": [{"name": "PLUGIN_VARIABLE", "value": "first"}, {"name": "PLUGIN_VARIABLE", "value": "second"},
                         {"name": "KUBERNETES_EXEC_INFO", "value": "null"}]}), since=22),
    Case("plugin sees our environment", arrives(authorization=BEARER), plugin(), since=22,
         environment={"PLUGIN_VARIABLE": "outer"}),
    Case("plugin that wants the cluster", arrives(authorization=BEARER),
         plugin({"provideClusterInfo": True}, cluster={
             "tls-server-name": "api.test.invalid", "disable-compression": True,
             "extensions": [{"name": "client.authentication.k8s.io/exec",
                             "extension": {"audience": "x", "n": [1, 2.5, None]}}]}),
         since=26),
    Case("plugin that wants the cluster, v1beta1", arrives(authorization=BEARER),
         plugin({"provideClusterInfo": True}, version=V1BETA1), since=22),
    Case("plugin that wants the cluster, CA in a file", arrives(authorization=BEARER),
         plugin({"provideClusterInfo": True},
                cluster={"certificate-authority": "@CA@", "certificate-authority-data": None}),
         since=22),
    Case("plugin that wants the cluster, with flags", arrives(authorization=BEARER),
         plugin({"provideClusterInfo": True}, cluster={"server": "https://127.0.0.1:1"}), since=22,
         flags=("--server=@SERVER@", "--insecure-skip-tls-verify", "--tls-server-name=api.test.invalid")),
    Case("plugin that wants the cluster, with a proxy", arrives(authorization=BEARER),
         plugin({"provideClusterInfo": True}, cluster={"proxy-url": "http://@PROXY@"}), proxy="http", since=22),
    Case("plugin beside the kubeconfig", arrives(authorization=BEARER),
         plugin({"command": "./tools/issue"}) | {"home/.kube/tools/issue": PLUGIN}, since=22),
    Case("plugin with an absolute path", arrives(authorization=BEARER), plugin({"command": "@DIR@/bin/issue-token"}),
         since=22),
    Case("plugin in the working directory is not found", Refused("exec: executable only-here not found"),
         plugin({"command": "only-here"}) | {"here/only-here": PLUGIN}, since=22),
    Case("--token silences the plugin", arrives(authorization="Bearer s3cr3t-w0rd-flag", plugin_calls=[]), plugin(),
         since=22,
         flags=("--token=s3cr3t-w0rd-flag",)),
    Case("a token beside the plugin silences it", arrives(authorization="Bearer s3cr3t-w0rd-token", plugin_calls=[]),
         plugin(user={"token": "s3cr3t-w0rd-token"}), since=22),
    Case("a certificate beside the plugin silences it", arrives(client_certificate="client", plugin_calls=[]),
         plugin(user={"client-certificate": "@CERT@", "client-key": "@KEY@"}), since=22),
    Case("plugin and impersonation", arrives(authorization=BEARER, impersonate=[("impersonate-user", "jane")]),
         plugin(),
         since=22, flags=("--as=jane",)),
]

INTERACTION = [
    Case("plugin that asks when it can, without a terminal", arrives(authorization=BEARER),
         plugin({"interactiveMode": "IfAvailable"}), since=22),
    Case("plugin that asks when it can, at a terminal", arrives(authorization=BEARER),
         plugin({"interactiveMode": "IfAvailable"}), terminal=True, since=22),
    Case("plugin that never asks, at a terminal", arrives(authorization=BEARER), plugin(), terminal=True, since=22),
    Case("plugin that always asks, at a terminal", arrives(authorization=BEARER),
         plugin({"interactiveMode": "Always"}), terminal=True, since=22),
    Case("plugin that always asks, without a terminal",
         Refused("exec plugin cannot support interactive mode: standard input is not a terminal"),
         plugin({"interactiveMode": "Always"}), since=22),
]

ANSWERS = [
    Case("plugin that issues a certificate", arrives(client_certificate="client", authorization=None),
         plugin(script=ISSUE_PAIR), since=22),
    Case("plugin that issues a token beside other fields that are empty", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED, "clientCertificateData": "", "expirationTimestamp": None})),
         since=22),
    Case("plugin that ends its answer with line breaks", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED}) + "\n\n"), since=22),
    Case("plugin that answers twice", Refused(""), plugin(answer=credential({"token": ISSUED}) * 2), ask=RAW, since=22),
    Case("plugin that logs before it answers", Refused("decoding stdout:"),
         plugin(answer="refreshed\n" + credential({"token": ISSUED})), ask=RAW, since=22),
    Case("plugin that is another kind", Refused("decoding stdout:"),
         plugin(answer=json.dumps({"kind": "Other", "apiVersion": V1, "status": {"token": ISSUED}})), ask=RAW,
         since=22),
    Case("plugin whose expiry is no time", Refused("decoding stdout:"),
         plugin(answer=credential({"token": ISSUED, "expirationTimestamp": "tomorrow"})), ask=RAW, since=22),
    Case("plugin whose token has a line break", Refused('invalid header field value for "Authorization"'),
         plugin(answer=credential({"token": ISSUED + "\n"})),
         ask=RAW,
         since=22),
    Case("plugin whose certificate is no PEM", Refused("failed parsing client key/certificate:"),
         plugin(answer=credential({"clientCertificateData": "x", "clientKeyData": "y"})), ask=RAW, since=22),
    Case("plugin that answers much", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED}, metadata={"x": "y" * 200_000})), since=22),
    Case("plugin that fails after its answer", Refused("failed with exit code 1"), plugin(script=PLUGIN + "exit 1\n"),
         ask=RAW,
         since=22),
    Case("plugin that a signal ends", Refused(""), plugin(script=RECORD + "kill -TERM $$\n"), ask=RAW, since=22),
    Case("plugin that answers in YAML", arrives(authorization=BEARER),
         plugin(answer=f"kind: ExecCredential\napiVersion: {V1}\nstatus:\n  token: {ISSUED}\n"), since=22),
    Case("plugin whose token expires", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED, "expirationTimestamp": "2999-01-01T00:00:00Z"})), since=22),
    Case("plugin whose token has an offset in its expiry", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED, "expirationTimestamp": "2999-01-01T00:00:00+02:00"})), since=22),
    Case("plugin whose token is out of date", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED, "expirationTimestamp": "2001-01-01T00:00:00Z"})), since=22,
  # kubectl runs the plugin once for the connection and once for the request.
         ignore=("plugin call",)),
    Case("plugin that answers with more than is known", arrives(authorization=BEARER),
         plugin(answer=credential({"token": ISSUED, "new": {"field": 1}}, spec={"interactive": False}, metadata={})),
         since=22),
    # With discovery, kubectl runs a failing plugin repeatedly.
    Case("plugin that answers without kind", arrives(authorization=BEARER),
         plugin(answer=json.dumps({"apiVersion": V1, "status": {"token": ISSUED}})), since=22),
    Case("plugin that answers with an empty kind", arrives(authorization=BEARER),
         plugin(answer=json.dumps({"kind": "", "apiVersion": V1, "status": {"token": ISSUED}})), since=22),
    Case("plugin that answers without apiVersion",
         Refused(f"exec plugin is configured to use API version {V1}, plugin returned version {INTERNAL}"),
         plugin(answer=json.dumps({"kind": "ExecCredential", "status": {"token": ISSUED}})), ask=RAW, since=22),
    Case("plugin that answers another kind without apiVersion", Refused('decoding stdout: no kind "Other" is registered'),
         plugin(answer=json.dumps({"kind": "Other", "status": {"token": ISSUED}})), ask=RAW, since=22),
    Case("plugin that answers with an empty object",
         Refused(f"exec plugin is configured to use API version {V1}, plugin returned version {INTERNAL}"),
         plugin(answer="{}"), ask=RAW, since=22),
    Case("plugin that answers in v1alpha1",
         Refused('decoding stdout: no kind "ExecCredential" is registered for version '
                 '"client.authentication.k8s.io/v1alpha1"'),
         plugin(answer=credential({"token": ISSUED}, "client.authentication.k8s.io/v1alpha1")), ask=RAW, since=24),
    Case("plugin that answers in another group", Refused('decoding stdout: no kind "ExecCredential" is registered'),
         plugin(answer=credential({"token": ISSUED}, "v1")), ask=RAW, since=22),
    Case("plugin that answers with an empty status", Refused("exec plugin didn't return a token or cert/key pair"),
         plugin(answer=credential({})), ask=RAW, since=22),
    Case("plugin that answers with a key only",
         Refused("exec plugin returned only certificate or key, not both"),
         plugin(answer=credential({"clientKeyData": "s3cr3t-w0rd-key"})), ask=RAW, since=22),
    Case("plugin that answers with a token and half a pair",
         Refused("exec plugin returned only certificate or key, not both"),
         plugin(answer=credential({"token": ISSUED, "clientCertificateData": "x"})), ask=RAW, since=22),
    Case("plugin whose certificate does not fit its key", Refused("failed parsing client key/certificate:"),
         plugin(script=ISSUE_PAIR.replace("@KEY@", "@OTHER_KEY@")), ask=RAW, since=22),
    Case("plugin whose key is no key", Refused("failed parsing client key/certificate:"),
         plugin(script=ISSUE_PAIR.replace("@KEY@", "@CERT@")), ask=RAW, since=22),
    Case("plugin whose certificate is none", Refused("failed parsing client key/certificate:"),
         plugin(answer=credential({"clientCertificateData": "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                                            "-----END CERTIFICATE-----\n",
                                   "clientKeyData": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})),
         ask=RAW, since=22),
    Case("plugin whose token is no string", Refused("decoding stdout:"), plugin(answer=credential({"token": 5})),
         ask=RAW, since=22),
    Case("plugin that answers in another version",
         Refused(f"exec plugin is configured to use API version {V1}, plugin returned version {V1BETA1}"),
         plugin(answer=credential({"token": ISSUED}, V1BETA1)), ask=RAW, since=22),
    Case("plugin that answers without status", Refused("exec plugin didn't return a status field"),
         plugin(answer=credential(None)), ask=RAW, since=22),
    Case("plugin that answers without credentials", Refused("exec plugin didn't return a token or cert/key pair"),
         plugin(answer=credential({"token": ""})), ask=RAW, since=22),
    Case("plugin that answers with a certificate only",
         Refused("exec plugin returned only certificate or key, not both"),
         plugin(answer=credential({"clientCertificateData": "x"})), ask=RAW, since=22),
    Case("plugin that answers with nonsense", Refused("decoding stdout:"),
         plugin(answer=f"token is {ISSUED}"), ask=RAW, since=22),
    Case("plugin that answers with nothing", Refused(f"exec plugin is configured to use API version {V1}"),
         plugin(answer="\n"), ask=RAW, since=22),
    Case("plugin that fails", Refused("exec: executable issue-token failed with exit code 3"),
         plugin(script=RECORD + "echo 'log in first' >&2\nexit 3\n"), ask=RAW, since=22),
    Case("plugin whose words on stderr are shown", Refused("log in first"),
         plugin(script=RECORD + "echo 'log in first' >&2\nexit 3\n"), ask=RAW, since=22),
]

REFUSALS = [
    Case("plugin that is missing", Refused("exec: executable get-it not found"), plugin({"command": "get-it"}),
         since=22),
    Case("plugin that is missing, with a hint", Refused("\n\nInstall get-it:\n  brew install get-it"),
         plugin({"command": "get-it", "installHint": "Install get-it:\n  brew install get-it"}), since=22),
    Case("plugin that is missing from its path", Refused("fork/exec /missing/get-it: no such file or directory"),
         plugin({"command": "/missing/get-it"}), since=22),
    Case("plugin that may not be executed", Refused("permission denied"),
         plugin({"command": "@DIR@/here/plain"}) | {"here/plain": "echo\n"}, since=22),
    Case("plugin, v1alpha1", Refused('invalid apiVersion "client.authentication.k8s.io/v1alpha1"'),
         plugin({"apiVersion": "client.authentication.k8s.io/v1alpha1"}), since=24),
    Case("plugin, v1 without interactiveMode",
         Refused("interactiveMode must be specified for u to use exec authentication plugin"),
         plugin({"interactiveMode": None}), since=22),
    Case("plugin with an unknown interactiveMode", Refused('invalid interactiveMode for u: "Maybe"'),
         plugin({"interactiveMode": "Maybe"}), since=22),
    Case("plugin whose arguments are no strings", Refused("args"), plugin({"args": ["--port", 443]}), since=22),
    Case("plugin with an entry of environment that is null", Refused("env variable name must be specified for u"),
         plugin({"env": [None]}), since=22),
    Case("plugin without command", Refused("command must be specified for u to use exec authentication plugin"),
         plugin({"command": ""}), since=22),
    Case("plugin without apiVersion", Refused("apiVersion must be specified for u to use exec authentication plugin"),
         plugin({"apiVersion": ""}), since=22),
    Case("plugin whose environment has no name",
         Refused("env variable name must be specified for u to use exec authentication plugin"),
         plugin({"env": [{"name": "", "value": "x"}]}), since=22),
    Case("auth-provider gcp", Refused("The gcp auth plugin has been removed."),
         home({"auth-provider": {"name": "gcp"}}), since=26,
         ours=Refused("auth providers are not supported", status=1), differs="auth-provider"),
    Case("auth-provider oidc", arrives(authorization=f"Bearer {WEB_TOKEN}"),
         home({"auth-provider": {"name": "oidc",
                                 "config": {"id-token": WEB_TOKEN, "idp-issuer-url": "https://x", "client-id": "x"}}}),
         ours=Refused("auth providers are not supported", status=1), differs="auth-provider"),
    Case("the server does not accept the plugin's token",
         Fails("You must be logged in to the server (Unauthorized)"), plugin(), ask=LIST, since=22,
         answers=(Answer(401, '{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized",'
                              '"message":"Unauthorized","code":401}'),),
         ours=Fails("You must be logged in to the server (Unauthorized)", status=3, requests=2),
         differs="retry-after-401"),
]

CASES = CALLS + INTERACTION + ANSWERS + REFUSALS

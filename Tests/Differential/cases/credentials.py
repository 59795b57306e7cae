"""Who one is: tokens, basic authentication, client certificates, impersonation; and what excludes what."""

from case import Case, Fails, Refused, arrives
from kubeconfig import home

TOKEN = "s3cr3t-w0rd-token"

CASES = [
    Case("a token in the kubeconfig", arrives(authorization=f"Bearer {TOKEN}", server_name=None), home()),
    Case("--token beats the kubeconfig's", arrives(authorization="Bearer s3cr3t-w0rd-flag"), home(),
         flags=("--token", "s3cr3t-w0rd-flag")),
    Case("client certificate as data", arrives(client_certificate="client", authorization=None),
         home({"client-certificate-data": "@CERT_DATA@", "client-key-data": "@KEY_DATA@"})),
    Case("basic authentication", arrives(authorization="Basic YWRtaW46czNjcjN0LXcwcmQtcHc="),
         home({"username": "admin", "password": "s3cr3t-w0rd-pw"})),
    Case("token and user name", Refused("more than one authentication method found for u; found [token basicAuth], only one is allowed"),
         home({"username": "admin", "password": "s3cr3t-w0rd-pw", "token": TOKEN})),
]

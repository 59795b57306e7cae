"""Who one is: tokens, basic authentication, client certificates, impersonation; and what excludes what."""

from case import Case, Refused, arrives
from kubeconfig import home

TOKEN = "s3cr3t-w0rd-token"
BEARER = f"Bearer {TOKEN}"
BASIC_USER = {"username": "admin", "password": "s3cr3t-w0rd-pw"}
BASIC = "Basic YWRtaW46czNjcjN0LXcwcmQtcHc="
CERTIFICATE_DATA = {"client-certificate-data": "@CERT_DATA@", "client-key-data": "@KEY_DATA@"}
CERTIFICATE_FILES = {"client-certificate": "@CERT@", "client-key": "@KEY@"}
TOKEN_FILE = {"work/token": "s3cr3t-w0rd-file\n"}
FROM_FILE = "Bearer s3cr3t-w0rd-file"

TOKENS = [
    Case("a token in the kubeconfig", arrives(authorization=BEARER), home()),
    Case("--token beats the kubeconfig's", arrives(authorization="Bearer s3cr3t-w0rd-flag"), home(),
         flags=("--token", "s3cr3t-w0rd-flag")),
    Case("--token=", arrives(authorization=BEARER), home(), flags=("--token=",)),
    Case("an empty token", arrives(authorization=BEARER), home({"token": "", "tokenFile": "@DIR@/work/token"})
         | {"work/token": TOKEN}),
    Case("token file", arrives(authorization=FROM_FILE), home({"tokenFile": "@DIR@/work/token"}) | TOKEN_FILE),
    Case("token file with white space around", arrives(authorization=FROM_FILE),
         home({"tokenFile": "@DIR@/work/token"}) | {"work/token": "\r\n  s3cr3t-w0rd-file \r\n\n"}),
    Case("token file beats the token beside it", arrives(authorization=FROM_FILE),
         home({"tokenFile": "@DIR@/work/token", "token": TOKEN}) | TOKEN_FILE),
    Case("token file that is missing, with a token", arrives(authorization=BEARER),
         home({"tokenFile": "@DIR@/work/missing", "token": TOKEN})),
    Case("token file that is missing", Refused("open @DIR@/work/missing: no such file or directory"),
         home({"tokenFile": "@DIR@/work/missing"})),
    Case("token file that is empty", Refused(""), home({"tokenFile": "@DIR@/work/token"}) | {"work/token": "\n"}),
    Case("token file relative to the kubeconfig", arrives(authorization=FROM_FILE),
         home({"tokenFile": "../secret/token"}) | {"home/secret/token": "s3cr3t-w0rd-file"}),
    Case("--token beats the token file", arrives(authorization=FROM_FILE),
         home({"tokenFile": "@DIR@/work/token"}) | TOKEN_FILE, flags=("--token=s3cr3t-w0rd-flag",),
         ours=arrives(authorization="Bearer s3cr3t-w0rd-flag"), differs="token-flag-beats-file"),
    Case("a token with a line break", Refused(""), home({"token": f"{TOKEN}\nX-Other: header"})),
    Case("a token with a space", arrives(authorization=f"Bearer {TOKEN} more"), home({"token": f"{TOKEN} more"})),
    Case("a token with a tab", arrives(authorization=f"Bearer {TOKEN}\tmore"), home({"token": f"{TOKEN}\tmore"})),
    Case("a long token", arrives(authorization="Bearer " + TOKEN + "x" * 8000), home({"token": TOKEN + "x" * 8000})),
    Case("a key without certificate is ignored", arrives(authorization=BEARER, client_certificate=None),
         home({"token": TOKEN, "client-key-data": "@KEY_DATA@"})),
]

BASIC_AUTHENTICATION = [
    Case("user name and password", arrives(authorization=BASIC), home(BASIC_USER)),
    Case("user name without password", arrives(authorization="Basic YWRtaW46"), home({"username": "admin"})),
    Case("--username and --password", arrives(authorization=BASIC), home({}),
         flags=("--username=admin", "--password", "s3cr3t-w0rd-pw")),
    Case("--password with the kubeconfig's user name", arrives(authorization=BASIC), home({"username": "admin", "password": "s3cr3t-w0rd-old"}),
         flags=("--password=s3cr3t-w0rd-pw",)),
    Case("a colon and more in the password", arrives(authorization="Basic YWRtaW46czNjcjN0LXcwcmQ6cMOkw58g"),
         home({"username": "admin", "password": "s3cr3t-w0rd:päß "})),
    Case("token and user name",
         Refused("more than one authentication method found for u; found [token basicAuth], only one is allowed"),
         home({**BASIC_USER, "token": TOKEN})),
    Case("--token over user name", Refused("more than one authentication method found for u; found [token basicAuth], only one is allowed"),
         home(BASIC_USER), flags=("--token=s3cr3t-w0rd-flag",)),
    Case("--username over token", Refused("more than one authentication method found for u; found [token basicAuth], only one is allowed"),
         home(), flags=("--username=admin", "--password=s3cr3t-w0rd-pw")),
    # kubectl finds it later than the other conflicts, and in other words.
    Case("token file and user name", Refused(""), home({**BASIC_USER, "tokenFile": "@DIR@/work/token"}) | TOKEN_FILE),
]

CERTIFICATES = [
    Case("client certificate as data", arrives(client_certificate="client", authorization=None), home(CERTIFICATE_DATA)),
    Case("client certificate as files", arrives(client_certificate="client"), home(CERTIFICATE_FILES)),
    Case("client certificate as file, key as data", arrives(client_certificate="client"),
         home({"client-certificate": "@CERT@", "client-key-data": "@KEY_DATA@"})),
    Case("client certificate as data, key as file", arrives(client_certificate="client"),
         home({"client-certificate-data": "@CERT_DATA@", "client-key": "@KEY@"})),
    Case("client certificate and token", arrives(client_certificate="client", authorization=BEARER),
         home({**CERTIFICATE_DATA, "token": TOKEN})),
    Case("client certificate and user name", arrives(client_certificate="client", authorization=BASIC),
         home({**CERTIFICATE_DATA, **BASIC_USER})),
    Case("client certificate and --token", arrives(client_certificate="client", authorization="Bearer s3cr3t-w0rd-flag"),
         home(CERTIFICATE_FILES), flags=("--token=s3cr3t-w0rd-flag",)),
    Case("--client-certificate and --client-key", arrives(client_certificate="other-client", authorization=None), home({}),
         flags=("--client-certificate=@OTHER_CERT@", "--client-key=@OTHER_KEY@")),
    Case("--client-certificate over files", arrives(client_certificate="other-client"), home(CERTIFICATE_FILES),
         flags=("--client-certificate=@OTHER_CERT@", "--client-key=@OTHER_KEY@")),
    Case("--client-certificate over data",
         Refused("client-cert-data and client-cert are both specified for u. client-cert-data will override."),
         home(CERTIFICATE_DATA), flags=("--client-certificate=@OTHER_CERT@", "--client-key=@OTHER_KEY@"),
         ours=arrives(client_certificate="other-client"), differs="client-certificate-flag-over-data"),
    Case("client certificate as file and data",
         Refused("client-cert-data and client-cert are both specified for u. client-cert-data will override."),
         home({**CERTIFICATE_DATA, "client-certificate": "@CERT@"})),
    Case("client key as file and data",
         Refused("client-key-data and client-key are both specified for u; client-key-data will override"),
         home({**CERTIFICATE_DATA, "client-key": "@KEY@"})),
    Case("client certificate without key",
         Refused("client-key-data or client-key must be specified for u to use the clientCert authentication method."),
         home({"client-certificate-data": "@CERT_DATA@"})),
    Case("client certificate that is missing",
         Refused("unable to read client-cert /missing/tls.crt for u due to open /missing/tls.crt: no such file or directory"),
         home({"client-certificate": "/missing/tls.crt", "client-key": "@KEY@"})),
    Case("client key that is missing",
         Refused("unable to read client-key /missing/tls.key for u due to open /missing/tls.key: no such file or directory"),
         home({"client-certificate": "@CERT@", "client-key": "/missing/tls.key"})),
    Case("client key of another certificate", Refused("tls: private key does not match public key"),
         home({"client-certificate": "@CERT@", "client-key": "@OTHER_KEY@"}),
         bug="the words are libcurl's, which do not say that certificate and key do not belong together"),
    Case("client certificate that is no PEM", Refused(""),
         home({"client-certificate-data": "bm8gUEVN", "client-key-data": "@KEY_DATA@"})),
    Case("client certificate relative to the kubeconfig", Refused("unable to read client-cert @DIR@/home/.kube/pki/tls.crt for u"),
         home({"client-certificate": "./pki/../pki/tls.crt", "client-key": "@KEY@"})),
    Case("--client-certificate relative to the working directory",
         Refused("unable to read client-cert tls.crt for u due to open tls.crt: no such file or directory"),
         home({}), flags=("--client-certificate=tls.crt", "--client-key=tls.key")),
]

IMPERSONATION = [
    Case("--as", arrives(impersonate=[("impersonate-user", "jane")], authorization=BEARER), home(), flags=("--as=jane",)),
    Case("--as with groups",
         arrives(impersonate=[("impersonate-group", "a,b"), ("impersonate-group", "c"), ("impersonate-user", "jane")]), home(),
         flags=("--as", "jane", "--as-group=a,b", "--as-group", "c")),
    Case("--as-uid", arrives(impersonate=[("impersonate-uid", "17"), ("impersonate-user", "jane")]), home(),
         flags=("--as=jane", "--as-uid=17"), since=23),
    Case("a service account", arrives(impersonate=[("impersonate-user", "system:serviceaccount:shop:deployer")]), home(),
         flags=("--as=system:serviceaccount:shop:deployer",)),
    Case("impersonation from the kubeconfig",
         arrives(impersonate=[("impersonate-extra-example.com%2fteam", "green"), ("impersonate-extra-scopes", "a"),
                              ("impersonate-extra-scopes", "b"), ("impersonate-group", "dev"), ("impersonate-uid", "9"),
                              ("impersonate-user", "joe")]),
         home({"token": TOKEN, "as": "joe", "as-uid": "9", "as-groups": ["dev"],
               "as-user-extra": {"example.com/team": ["green"], "scopes": ["a", "b"]}}), since=23),
    Case("--as keeps the kubeconfig's groups", arrives(impersonate=[("impersonate-group", "dev"), ("impersonate-user", "jane")]),
         home({"token": TOKEN, "as": "joe", "as-groups": ["dev"]}), flags=("--as=jane",)),
    Case("--as-group replaces the kubeconfig's groups",
         arrives(impersonate=[("impersonate-group", "ops"), ("impersonate-user", "joe")]),
         home({"token": TOKEN, "as": "joe", "as-groups": ["dev", "test"]}), flags=("--as-group=ops",)),
    Case("--as-group without --as", Refused("requesting uid, groups or user-extra for u without impersonating a user"), home(),
         flags=("--as-group=ops",), since=23),
    Case("--as with a space and non-ASCII letters", arrives(impersonate=[("impersonate-user", "Jos\u00e9 P".encode().decode("latin-1"))]),
         home(), flags=("--as=José P",)),
    Case("--as with a line break", Refused(""), home(), flags=("--as=jane\nImpersonate-Group: system:masters",)),
]

CASES = TOKENS + BASIC_AUTHENTICATION + CERTIFICATES + IMPERSONATION

"""How a kubeconfig may be written: encodings, YAML 1.1 as kubectl reads it, base64, fields, and what is refused."""

from case import Case, Encoded, Refused, arrives
from kubeconfig import HOME_CONFIG, home, kubeconfig

TOKEN = "s3cr3t-w0rd-token"
BEARER = f"Bearer {TOKEN}"

#: A typical kubeconfig; cases change its lines.
TEXT = """\
apiVersion: v1
kind: Config
preferences: {}
current-context: x
clusters:
- cluster:
    certificate-authority-data: @CA_DATA@
    server: @SERVER@
  name: c
contexts:
- context:
    cluster: c
    user: u
  name: x
users:
- name: u
  user:
    token: s3cr3t-w0rd-token
"""
TOKEN_LINE = "    token: s3cr3t-w0rd-token\n"


def text(token_line: str | None = None, before: str = "", after: str = "", whole: str = TEXT) -> dict:
    """Files: TEXT with another line in place of the token's, or with more around it."""
    return {HOME_CONFIG: before + (whole.replace(TOKEN_LINE, token_line) if token_line is not None else whole) + after}


def token(name: str, token_line: str, expected: str | None = TOKEN, **more) -> Case:
    return Case(name, arrives(authorization=expected and f"Bearer {expected}"), text(token_line), **more)


def with_ca(name: str, expect, data: str) -> Case:
    return Case(name, expect, {HOME_CONFIG: TEXT.replace("@CA_DATA@", data)})


ENCODINGS = [
    Case("block style", arrives(authorization=BEARER), text()),
    Case("UTF-8 with a byte order mark", arrives(authorization=BEARER), text(before="\ufeff")),
    Case("UTF-16", arrives(authorization=BEARER), {HOME_CONFIG: Encoded(TEXT, "utf-16")}),
    Case("CR LF", arrives(authorization=BEARER), text(whole=TEXT.replace("\n", "\r\n"))),
    Case("JSON", arrives(authorization="Bearer s3cr3t-w0rd-token"), home()),
    Case("JSON with tabs", arrives(authorization=BEARER), {HOME_CONFIG: kubeconfig().replace("  ", "\t")}),
    Case("JSON with a comma too many", arrives(authorization=BEARER),
         {HOME_CONFIG: kubeconfig().replace('"\n      }', '",\n      }')}),
    Case("JSON on one line", arrives(authorization=BEARER), {HOME_CONFIG: kubeconfig().replace("\n", "")}),
    Case("no line break at the end", arrives(authorization=BEARER), text(whole=TEXT.rstrip())),
    Case("comments, directives' end and a document's end", arrives(authorization=BEARER),
         text(before="# mine\n---\n", after="...\n")),
    Case("the second document is not read", arrives(authorization=BEARER), text(after="---\ncurrent-context: none\n")),
    Case("a broken second document is not read", arrives(authorization=BEARER), text(after="---\n\t: [\n")),
    Case("names that are not ASCII", arrives(authorization=BEARER),
         text(whole=TEXT.replace(" x\n", " gr\u00fcn \u2713\n"))),
]

SCALARS = [
    token("a quoted token", '    token: "s3cr3t-w0rd\\x2dtoken"\n'),
    token("a token in single quotes", "    token: 's3cr3t-w0rd''token'\n", "s3cr3t-w0rd'token"),
    token("a folded token", "    token: >-\n      s3cr3t-w0rd-token\n"),
    token("a literal token without its line break", "    token: |-\n      s3cr3t-w0rd-token\n"),
    Case("a literal token with its line break", Refused(""), text("    token: |\n      s3cr3t-w0rd-token\n")),
    token("a token with a comment behind it", "    token: s3cr3t-w0rd-token # mine\n"),
    token("a token with a hash in it", "    token: s3cr3t-w0rd#token\n", "s3cr3t-w0rd#token"),
    token("!!str", "    token: !!str 12\n", "12"),
    token("!!binary", "    token: !!binary czNjcjN0LXcwcmQtdG9rZW4=\n"),
    token("an unknown tag", "    token: !mine s3cr3t-w0rd-token\n"),
    token("a date is a string", "    token: 2024-01-02\n", "2024-01-02"),
    token("base 60 is a string", "    token: 1:30\n", "1:30"),
    token("tRue is a string", "    token: tRue\n", "tRue"),
    token("= is a string", "    token: =\n", "="),
    Case("~ is no token", arrives(authorization=BEARER),
         text("    token: ~\n    tokenFile: ../token\n") | {"home/token": TOKEN}),
    *[Case(f"{value} is no string", Refused("token"), text(f"    token: {value}\n"))
      for value in ("12", "0x1F", "010", "1_000", "1e3", "yes", "no", "on", "y", "[a]", "{a: b}")],
    Case(".inf is nothing", Refused(""), text("    token: .inf\n")),
    Case("a number for a name", Refused("name"),
         text(whole=TEXT.replace("name: x", "name: 12").replace("current-context: x", "current-context: \"12\""))),
    *[Case(f"insecure-skip-tls-verify: {value}", arrives(authorization=BEARER),
           {HOME_CONFIG: TEXT.replace("certificate-authority-data: @CA_DATA@", f"insecure-skip-tls-verify: {value}")})
      for value in ("true", "yes", "On", "Y")],
    *[Case(f"insecure-skip-tls-verify: {value} is no truth", Refused("insecure-skip-tls-verify"),
           {HOME_CONFIG: TEXT.replace("certificate-authority-data: @CA_DATA@", f"insecure-skip-tls-verify: {value}")})
      for value in ('"true"', "1", "tRue")],
]

STRUCTURE = [
    token("the last of two equal keys counts", "    token: other\n" + TOKEN_LINE),
    Case("the last of two equal lists counts", arrives(authorization="Bearer s3cr3t-w0rd-late"),
         text(after="users:\n- name: u\n  user: {token: s3cr3t-w0rd-late}\n")),
    Case("anchors and aliases", arrives(authorization=BEARER),
         text("    token: *t\n", before="extensions:\n- name: e\n  extension: {t: &t s3cr3t-w0rd-token}\n")),
    Case("merge keys", arrives(authorization=BEARER, impersonate=[("impersonate-user", "jane")]),
         text("    <<: *common\n    as: jane\n",
              before="extensions:\n- {name: e, extension: &common {token: s3cr3t-w0rd-token, as: joe}}\n")),
    Case("merge keys that come last", arrives(authorization=BEARER),
         text("    as: jane\n    token: s3cr3t-w0rd-own\n    <<: *common\n",
              before="extensions:\n- {name: e, extension: &common {token: s3cr3t-w0rd-token}}\n")),
    Case("several merged mappings", arrives(authorization=BEARER, impersonate=[("impersonate-user", "joe")]),
         text("    <<: [*one, *two]\n", before="extensions:\n- {name: e, extension: &one {token: s3cr3t-w0rd-token}}\n"
                                               "- {name: f, extension: &two {token: s3cr3t-w0rd-no, as: joe}}\n")),
    Case("unknown fields", arrives(authorization=BEARER), text(TOKEN_LINE + "    new: {a: [1]}\n", after="more: 1\n")),
    token("fields are case-sensitive", "    Token: s3cr3t-w0rd-no\n    token: s3cr3t-w0rd-token\n"),
    Case("neither apiVersion nor kind", arrives(authorization=BEARER),
         text(whole=TEXT.replace("apiVersion: v1\nkind: Config\n", ""))),
    Case("another kind", Refused('no kind "Pod" is registered for version "v1"'),
         text(whole=TEXT.replace("kind: Config", "kind: Pod"))),
    Case("another apiVersion", Refused('"v2"'), text(whole=TEXT.replace("apiVersion: v1", "apiVersion: v2"))),
    Case("a mapping in place of a list", Refused("users"), text(after="users: {u: {token: s3cr3t-w0rd}}\n")),
    Case("entries that are null", arrives(authorization=BEARER), text(after="- null\n")),
    Case("a namespace that is a number", Refused("namespace"),
         text(whole=TEXT.replace("    user: u\n", "    user: u\n    namespace: 12\n"))),
    Case("settings that are null", arrives(authorization=BEARER), text(whole=TEXT.replace(
        "    server:", "    proxy-url: null\n    tls-server-name: ~\n    insecure-skip-tls-verify:\n    server:"))),
    Case("a context that is null", Refused(""), text(whole=TEXT.replace(
        "- context:\n    cluster: c\n    user: u\n  name: x", "- context: null\n  name: x"))),
    Case("an alias that is not there", Refused("unknown anchor"), text("    token: *none\n")),
    Case("a directive", Refused(""), text(before="%YAML 1.2\n---\n")),
    Case("a key that is a list", Refused(""), text(after="? [a]\n: b\n")),
    Case("deep nesting", Refused(""), text(after="x: " + "[" * 10_001 + "]" * 10_001 + "\n")),
    Case("many aliases", Refused("document contains excessive aliasing"), text(after="".join(
        ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"]
        + [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]\n" for n in range(1, 8)]))),
    Case("lists that are null", arrives(authorization=BEARER), text(after="extensions: null\n")),
    Case("an entry without name", arrives(authorization=BEARER), text(after="- user: {token: s3cr3t-w0rd-no}\n")),
    Case("two users of one name", Refused('duplicate name "u" in list'),
         text(after="- name: u\n  user: {token: s3cr3t-w0rd-no}\n")),
    Case("kubectl prints the list of users with a name twice", Refused("s3cr3t-w0rd-no"),
         text(after="- name: u\n  user: {token: s3cr3t-w0rd-no}\n"),
         ours=Refused('duplicate name "u" in list', status=1), differs="duplicate-name"),
    Case("a tab for indentation", Refused("found character that cannot start any token"),
         text("\ttoken: s3cr3t-w0rd-token\n")),
    Case("where a mistake is", Refused("yaml: line 18:"), text("    token: [s3cr3t-w0rd-token\n"),
         ours=Refused("/.kube/config:", status=1), differs="place-of-mistakes"),
    Case("a control character", Refused("control characters are not allowed"), text("    token: s3cr3t-w0rd\x01\n")),
    Case("bytes that are no UTF-8", Refused("invalid leading UTF-8 octet"),
         {HOME_CONFIG: TEXT.encode().replace(b"s3cr3t-w0rd", b"\xff\xfe")}),
    Case("a list in place of a mapping", Refused(""), {HOME_CONFIG: "- a\n- b\n"}),
    Case("a word in place of a mapping", Refused(""), {HOME_CONFIG: "kubeconfig\n"}),
]

BASE64 = [
    with_ca("base64 on several lines", arrives(authorization=BEARER), '"@CA_DATA_LINES@"'),
    with_ca("base64 with a space", Refused("illegal base64 data"), "TFMw TFMw"),
    with_ca("base64 without its padding", Refused("illegal base64 data"), "TFMwdA"),
    with_ca("base64 of URLs", Refused("illegal base64 data"), "_-8_"),
    with_ca("base64 of a number", Refused("certificate-authority-data"), "1234"),
    with_ca("base64 with something strange", Refused("illegal base64 data"), '"TFMw*TFMw"'),
]

CASES = ENCODINGS + SCALARS + STRUCTURE + BASE64

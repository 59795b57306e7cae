"""How certificates of a server are judged: what accepts and refuses them, and in which words."""

from case import RAW, Case, Refused, arrives
from chains import Made
from kubeconfig import home

AUTHORITY = "basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash"
HERE = "subjectAltName = IP:127.0.0.1"
ROOT = Made("root", AUTHORITY)
MIDDLE = Made("middle", AUTHORITY, ROOT)
CLUSTER = {"certificate-authority": "@ROOTS@", "certificate-authority-data": None}
UNKNOWN = "x509: certificate signed by unknown authority"
EXPIRED = "x509: certificate has expired or is not yet valid: current time "
LEGACY = "x509: certificate relies on legacy Common Name field, use SANs instead"
NO_ADDRESS = "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"
USAGE = "x509: certificate specifies an incompatible key usage"
TOO_LONG = "x509: too many intermediates for path length constraint"
CRITICAL = "x509: unhandled critical extension"
MALFORMED = "tls: failed to parse certificate from server: x509: "
TOO_LONG_KEY = "tls: server sent certificate containing RSA key larger than 8192 bits"
FOR_NAME = "x509: a root or intermediate certificate is not authorized to sign for this name"


def leaf(extensions: str = HERE, issuer: Made | None = ROOT, name: str = "leaf", **more) -> Made:
    return Made(name, extensions, issuer, **more)


def judged(name: str, says: str | None, *served: Made, roots: tuple = (ROOT,), host: str | None = None, **more) -> Case:
    """`served`: the server's certificate, then what it sends beside it. `says`: None if it is accepted."""
    expect = arrives() if says is None else Refused(says)
    flags = (f"--tls-server-name={host}",) if host else ()
    more.setdefault("ask", RAW)
    return Case(f"certificate: {name}", expect, home(cluster=CLUSTER), flags=flags, served=served, roots=roots, **more)


def named(name: str, says: str | None, names: str, host: str, **more) -> Case:
    return judged(name, says, leaf(f"subjectAltName = {names}"), host=host, **more)


def constrained(name: str, says: str | None, constraints: str, names: str, **more) -> Case:
    """An intermediate with those name constraints, and a server's certificate with those names."""
    middle = Made("bound", f"{AUTHORITY}\nnameConstraints = {constraints}", ROOT)
    return judged(f"name constraints, {name}", says, leaf(f"subjectAltName = {names}", middle), middle, **more)


def usage(name: str, says: str | None, of_leaf: str, of_middle: str = "", of_root: str = "") -> Case:
    root = Made("usage", with_usage(AUTHORITY, of_root))
    middle = Made("usage middle", with_usage(AUTHORITY, of_middle), root)
    return judged(f"usage {name}", says, leaf(with_usage(HERE, of_leaf), middle), middle, roots=(root,))


def with_usage(extensions: str, usages: str) -> str:
    return f"{extensions}\nextendedKeyUsage = {usages}" if usages else extensions


NAMES = [
    judged("an address", None, leaf()),
    judged("no names, CommonName is the address", LEGACY, leaf("basicConstraints = CA:FALSE", name="127.0.0.1")),
    judged("no names, CommonName is the name", LEGACY, leaf("basicConstraints = CA:FALSE", name="api.a.test"),
           host="api.a.test"),
    judged("no names, CommonName is a wildcard of the name", LEGACY,
           leaf("basicConstraints = CA:FALSE", name="*.a.test"), host="api.a.test"),
    judged("no names, CommonName is another", "x509: certificate is not valid for any names, but wanted to match "
           "api.a.test", leaf("basicConstraints = CA:FALSE"), host="api.a.test"),
    judged("version 1 without names", LEGACY, leaf("", name="api.a.test"), host="api.a.test"),
    judged("an e-mail address only, CommonName is the name", "x509: certificate is not valid for any names, but wanted "
           "to match api.a.test", leaf("subjectAltName = email:a@a.test", name="api.a.test"), host="api.a.test"),
    judged("an e-mail address only, CommonName is the address", NO_ADDRESS,
           leaf("subjectAltName = email:a@a.test", name="127.0.0.1")),
    judged("a name only, CommonName is the address", NO_ADDRESS,
           leaf("subjectAltName = DNS:api.a.test", name="127.0.0.1")),
    judged("the address as a name", NO_ADDRESS, leaf("subjectAltName = DNS:127.0.0.1")),
    judged("a wildcard for the address", NO_ADDRESS, leaf("subjectAltName = DNS:*.0.0.1")),
    judged("another address", "x509: certificate is valid for 127.0.0.2, ::1, not 127.0.0.1",
           leaf("subjectAltName = IP:127.0.0.2, IP:::1")),
    judged("the address in the form of IPv6", None, leaf("subjectAltName = IP:::ffff:127.0.0.1")),
    named("IPv6", None, "IP:::1", "::1"),
    named("IPv6, written otherwise", None, "IP:2001:db8::a", "2001:DB8:0:0::000A"),
    named("IPv4 in the form of IPv6", None, "IP:127.0.0.1", "::ffff:127.0.0.1"),
    named("another IPv6", "x509: certificate is valid for 2001:db8::a, not 2001:db8::b", "IP:2001:db8::a",
          "2001:db8::b"),
    named("IPv6 as a name", "x509: cannot validate certificate for ::1 because it doesn't contain any IP SANs",
          "DNS:a.test", "::1"),
    named("a name", None, "DNS:b.test, DNS:api.a.test", "api.a.test"),
    named("another name", "x509: certificate is valid for b.test, api.a.test, not a.test", "DNS:b.test, DNS:api.a.test",
          "a.test"),
    named("capitals in the certificate", None, "DNS:API.a.Test", "api.a.test"),
    # libcurl asks for the name in lower case; server names are case-insensitive.
    named("capitals in the name", None, "DNS:api.a.test", "API.A.test", ignore=("server_name",)),
    named("a dot ends the name", None, "DNS:api.a.test", "api.a.test."),
    named("a dot ends the certificate's name", "x509: certificate is valid for api.a.test., not api.a.test",
          "DNS:api.a.test.", "api.a.test"),
    named("a dot ends both names", None, "DNS:api.a.test.", "api.a.test."),
    named("an underscore", None, "DNS:api_1.a.test", "api_1.a.test"),
    named("one label", None, "DNS:kubernetes", "kubernetes"),
    named("a wildcard", None, "DNS:*.a.test", "b.a.test"),
    named("a wildcard and capitals", None, "DNS:*.A.test", "b.a.test"),
    named("a wildcard is no name less", "x509: certificate is valid for *.a.test, not a.test", "DNS:*.a.test", "a.test"),
    named("a wildcard is one name", "not c.b.a.test", "DNS:*.a.test", "c.b.a.test"),
    named("a wildcard under one label", None, "DNS:*.test", "b.test"),
    named("a wildcard alone", "x509: certificate is valid for *, not kubernetes", "DNS:*", "kubernetes"),
    named("a wildcard in part", "not web.a.test", "DNS:w*.a.test", "web.a.test"),
    named("a wildcard before letters", "not web.a.test", "DNS:*b.a.test", "web.a.test"),
    named("a wildcard in the middle", "not a.b.test", "DNS:a.*.test", "a.b.test"),
    named("two wildcards", "not b.a.test", "DNS:*.*.test", "b.a.test"),
    named("a wildcard and a dot at the end", None, "DNS:*.a.test", "b.a.test."),
    named("an international name", None, "DNS:xn--bcher-kva.test", "xn--bcher-kva.test"),
    named("a wildcard for an international name", None, "DNS:*.a.test", "xn--bcher-kva.a.test"),
]

TIMES = [
    judged("expired", EXPIRED, leaf(begins=-3, ends=-1)),
    judged("not yet valid", EXPIRED, leaf(begins=1)),
    judged("expired, and without names", EXPIRED, leaf("basicConstraints = CA:FALSE", begins=-3, ends=-1)),
    judged("an expired intermediate", EXPIRED, leaf(issuer=(old := Made("middle", AUTHORITY, ROOT, begins=-3, ends=-1))),
           old),
    judged("an expired intermediate, then a valid one", None, leaf(issuer=MIDDLE), old, MIDDLE),
    judged("a valid intermediate, then an expired one", None, leaf(issuer=MIDDLE), MIDDLE, old),
    judged("an intermediate that is not yet valid, then a valid one", None, leaf(issuer=MIDDLE),
           Made("middle", AUTHORITY, ROOT, begins=1, ends=9), MIDDLE),
    judged("an expired root", EXPIRED, leaf(issuer=(late := Made("late", AUTHORITY, begins=-3, ends=-1))), roots=(late,)),
    judged("an expired root beside its successor", None, leaf(issuer=(new := Made("late", AUTHORITY))),
           roots=(late, new)),
    judged("a valid root beside an expired one", None, leaf(issuer=new), roots=(new, late)),
    judged("a trusted intermediate under an expired root", None,
           leaf(issuer=(under := Made("under", AUTHORITY, late))), roots=(under, late)),
    judged("a cross-signed intermediate under an expired root, sent first", None, leaf(issuer=MIDDLE),
           Made("middle", AUTHORITY, late), MIDDLE, roots=(ROOT, late), ours=Refused(EXPIRED, status=1), differs="one-chain"),
    judged("a cross-signed intermediate under an unknown root, sent first", None, leaf(issuer=MIDDLE),
           Made("middle", AUTHORITY, late), MIDDLE, ours=Refused(UNKNOWN, status=1), differs="one-chain"),
    judged("a cross-signed intermediate under an unknown root, sent last", None, leaf(issuer=MIDDLE), MIDDLE,
           Made("middle", AUTHORITY, late)),
    judged("a root that is not yet valid", EXPIRED, leaf(issuer=(early := Made("early", AUTHORITY, begins=1))),
           roots=(early,)),
]

TWIN = Made("root", AUTHORITY, twin="2")
PLAIN = "basicConstraints = critical,CA:TRUE"
ONE = Made("plain", PLAIN)
TWO = Made("plain", PLAIN, twin="2")

AUTHORITIES = [
    judged("an intermediate", None, leaf(issuer=MIDDLE), MIDDLE),
    judged("an intermediate that is not sent", UNKNOWN, leaf(issuer=MIDDLE)),
    judged("the root is sent too", None, leaf(), ROOT),
    judged("more than the chain is sent", None, leaf(), Made("other", AUTHORITY), MIDDLE),
    judged("another authority", UNKNOWN, leaf(), roots=(Made("other", AUTHORITY),)),
    judged("another authority of the same name", UNKNOWN, leaf(), roots=(TWIN,)),
    judged("two roots of one name", None, leaf(), roots=(TWIN, ROOT)),
    judged("two roots of one name, the other way", None, leaf(), roots=(ROOT, TWIN)),
    judged("two roots of one name without key identifiers", None, leaf(issuer=ONE), roots=(ONE, TWO)),
    judged("two roots of one name without key identifiers, the other way", None, leaf(issuer=ONE), roots=(TWO, ONE)),
    judged("the root with another key identifier", None,
           leaf(f"{HERE}\nauthorityKeyIdentifier = keyid:always", issuer=ROOT),
           roots=(Made("root", "basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = 00:11:22:33"),)),
    judged("the intermediate is trusted", None, leaf(issuer=MIDDLE), roots=(MIDDLE,)),
    judged("the intermediate is trusted and sent", None, leaf(issuer=MIDDLE), MIDDLE, roots=(MIDDLE,)),
    judged("itself is trusted", None, leaf(), roots=(leaf(),)),
    judged("itself is trusted, expired", EXPIRED, (ended := leaf(begins=-3, ends=-1)), roots=(ended,)),
    judged("itself is trusted, for another name", "x509: certificate is valid for a.test, not b.test",
           (other := leaf("subjectAltName = DNS:a.test")), roots=(other,), host="b.test"),
    judged("self-signed, and trusted", None, (own := leaf(issuer=None)), roots=(own,)),
    judged("self-signed authority, and trusted", None, (both := leaf(f"{HERE}\n{AUTHORITY}", None)), roots=(both,)),
    judged("self-signed", UNKNOWN, own),
    judged("self-signed, and trusted, for clients only", USAGE,
           (clients := leaf(with_usage(HERE, "clientAuth"), issuer=None)), roots=(clients,)),
    judged("itself is trusted, below a root for clients only", None,
           (below := leaf(issuer=(narrow := Made("narrow", with_usage(AUTHORITY, "clientAuth"))))),
           roots=(below, narrow), ours=Refused(USAGE, status=1), differs="one-chain"),
    judged("a root of version 1", None, leaf(issuer=(first := Made("first"))), roots=(first,)),
    judged("an intermediate of version 1", "x509: certificate is not authorized to sign other certificates",
           leaf(issuer=(second := Made("second", issuer=ROOT))), second),
    judged("a root without basic constraints", UNKNOWN,
           leaf(issuer=(bare := Made("bare", "subjectKeyIdentifier = hash"))), roots=(bare,)),
    judged("a root without basic constraints, for signing", UNKNOWN,
           leaf(issuer=(signing := Made("signing", "keyUsage = keyCertSign"))), roots=(signing,)),
    judged("a root that is no authority", UNKNOWN, leaf(issuer=(no := Made("no", "basicConstraints = CA:FALSE"))),
           roots=(no,)),
    judged("an intermediate that is no authority", UNKNOWN,
           leaf(issuer=(none := Made("none", "basicConstraints = CA:FALSE", ROOT))), none),
    judged("an intermediate without basic constraints", UNKNOWN,
           leaf(issuer=(unset := Made("unset", "subjectKeyIdentifier = hash", ROOT))), unset),
    judged("an authority that may not sign certificates", UNKNOWN,
           leaf(issuer=(crl := Made("crl", f"{AUTHORITY}\nkeyUsage = cRLSign"))), roots=(crl,)),
    judged("a path that is long enough", None,
           leaf(issuer=(short := Made("short", "basicConstraints = critical,CA:TRUE,pathlen:0", ROOT))), short),
    judged("a path that is too long", TOO_LONG, leaf(issuer=(deep := Made("deep", AUTHORITY, short))), deep, short),
    judged("a root whose path is too short", TOO_LONG,
           leaf(issuer=(far := Made("far", AUTHORITY, (zero := Made("zero", "basicConstraints = CA:TRUE,pathlen:0"))))),
           far, roots=(zero,)),
    # OpenSSL does not count certificates with the name of their issuer.
    judged("a path that is too long by an authority's own successor", TOO_LONG,
           leaf(issuer=(heir := Made("short", AUTHORITY, short, twin="2"))), heir, short),
    judged("a root whose path is too short for its own successor", TOO_LONG,
           leaf(issuer=(next_zero := Made("zero", AUTHORITY, zero, twin="2"))), next_zero, roots=(zero,)),
    judged("a path that is long enough for an authority's own successor", None,
           leaf(issuer=(later := Made("one", AUTHORITY, (one := Made("one", f"{PLAIN},pathlen:1", ROOT)), twin="2"))),
           later, one),
]

SERVER, CLIENT, ANY, OTHER = "serverAuth", "clientAuth", "anyExtendedKeyUsage", "1.2.3.4"
GATED = "nsSGC"
USAGES = [
    usage("for servers", None, SERVER),
    usage("for servers and clients", None, f"{CLIENT}, {SERVER}"),
    usage("for clients only", USAGE, CLIENT),
    usage("for anything", None, ANY),
    usage("for clients and anything", None, f"{CLIENT}, {ANY}"),
    usage("for something unknown", USAGE, OTHER),
    usage("for Netscape's step-up", USAGE, GATED),
    usage("for servers, below an intermediate for clients", USAGE, SERVER, CLIENT),
    usage("below an intermediate for clients", USAGE, "", CLIENT),
    usage("below an intermediate for servers", None, "", SERVER),
    usage("below an intermediate for anything", None, SERVER, ANY),
    usage("below an intermediate for something unknown", USAGE, SERVER, OTHER),
    usage("below a root for clients", USAGE, SERVER, "", CLIENT),
    usage("below a root for servers", None, SERVER, SERVER, SERVER),
    usage("below a root for anything", None, SERVER, "", ANY),
    judged("Netscape's type client", None, leaf(f"{HERE}\nnsCertType = client")),
    judged("Netscape's type server", None, leaf(f"{HERE}\nnsCertType = server")),
    judged("Netscape's type client of the authority", None,
           leaf(issuer=(scape := Made("scape", f"{AUTHORITY}\nnsCertType = client, email"))), roots=(scape,)),
    judged("Netscape's type client, critical", CRITICAL, leaf(f"{HERE}\nnsCertType = critical,client")),
    judged("a key for certificates only", None, leaf(f"{HERE}\nkeyUsage = critical,keyCertSign")),
    judged("a key for encipherment only", None, leaf(f"{HERE}\nkeyUsage = critical,dataEncipherment")),
    judged("an authority as the server", None, leaf(f"{HERE}\n{AUTHORITY}")),
]

CONSTRAINTS = [
    constrained("permitted", None, "critical,permitted;DNS:a.test", "DNS:api.a.test", host="api.a.test"),
    constrained("not critical", FOR_NAME, "permitted;DNS:a.test", "DNS:b.test", host="b.test"),
    constrained("not permitted", FOR_NAME, "critical,permitted;DNS:a.test", "DNS:b.test", host="b.test"),
    constrained("the name itself", None, "critical,permitted;DNS:a.test", "DNS:a.test", host="a.test"),
    constrained("no part of a label", FOR_NAME, "critical,permitted;DNS:a.test", "DNS:ba.test", host="ba.test"),
    constrained("a dot", None, "critical,permitted;DNS:.a.test", "DNS:api.a.test", host="api.a.test"),
    constrained("a dot is not the name itself", FOR_NAME, "critical,permitted;DNS:.a.test", "DNS:a.test",
                host="a.test"),
    constrained("capitals", None, "critical,permitted;DNS:A.test", "DNS:api.a.test", host="api.a.test"),
    constrained("excluded", FOR_NAME, "critical,excluded;DNS:a.test", "DNS:api.a.test", host="api.a.test"),
    constrained("others excluded", None, "critical,excluded;DNS:a.test", "DNS:b.test", host="b.test"),
    constrained("one of two names", FOR_NAME, "critical,permitted;DNS:a.test", "DNS:api.a.test, DNS:b.test",
                host="api.a.test"),
    constrained("a wildcard", None, "critical,permitted;DNS:a.test", "DNS:*.a.test", host="api.a.test"),
    constrained("an address beside permitted names", None, "critical,permitted;DNS:a.test", "IP:127.0.0.1"),
    constrained("an address that is permitted", None, "critical,permitted;IP:127.0.0.0/255.0.0.0", "IP:127.0.0.1"),
    constrained("an address that is not permitted", FOR_NAME, "critical,permitted;IP:10.0.0.0/255.0.0.0",
                "IP:127.0.0.1"),
    constrained("an address that is excluded", FOR_NAME, "critical,excluded;IP:127.0.0.0/255.0.0.0", "IP:127.0.0.1"),
    constrained("IPv6 is permitted", None, "critical,permitted;IP:2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0",
                "IP:2001:db8::1", host="2001:db8::1"),
    constrained("IPv4 is permitted, not IPv6", FOR_NAME, "critical,permitted;IP:127.0.0.0/255.0.0.0", "IP:::1",
                host="::1"),
    constrained("an e-mail address that is not permitted", FOR_NAME, "critical,permitted;email:a.test",
                "IP:127.0.0.1, email:x@b.test"),
    constrained("an e-mail address that is permitted", None, "critical,permitted;email:a.test",
                "IP:127.0.0.1, email:x@a.test"),
    constrained("an address on the web that is excluded", FOR_NAME, "critical,excluded;URI:a.test",
                "IP:127.0.0.1, URI:https://a.test/x"),
    constrained("a name of a directory", CRITICAL, "critical,permitted;dirName:directory\n[directory]\nCN = leaf",
                "IP:127.0.0.1"),
    constrained("a name of a directory, not critical", None, "permitted;dirName:directory\n[directory]\nCN = leaf",
                "IP:127.0.0.1"),
    constrained("a name of another directory, not critical", None,
                "permitted;dirName:directory\n[directory]\nCN = other", "IP:127.0.0.1",
                ours=Refused(FOR_NAME, status=1), differs="directory-constraints"),
    judged("name constraints of the root", FOR_NAME,
           leaf("subjectAltName = DNS:b.test",
                (bound := Made("bound root", f"{AUTHORITY}\nnameConstraints = critical,permitted;DNS:a.test"))),
           roots=(bound,), host="b.test"),
    judged("name constraints and no names but the CommonName", LEGACY,
           leaf("basicConstraints = CA:FALSE", bound, name="b.test"), roots=(bound,), host="b.test"),
    judged("name constraints that the CommonName does not meet", None,
           leaf(HERE, bound, name="b.test"), roots=(bound,)),
]

EXTENSIONS = [
    judged("an unknown extension", None, leaf(f"{HERE}\n1.2.3.4 = DER:0500")),
    judged("an unknown extension that is critical", CRITICAL, leaf(f"{HERE}\n1.2.3.4 = critical,DER:0500")),
    judged("an authority with an unknown extension that is critical", CRITICAL,
           leaf(issuer=(odd := Made("odd", f"{AUTHORITY}\n1.2.3.4 = critical,DER:0500"))), roots=(odd,)),
    judged("an intermediate with an unknown extension that is critical", CRITICAL,
           leaf(issuer=(strange := Made("strange", f"{AUTHORITY}\n1.2.3.4 = critical,DER:0500", ROOT))), strange),
    judged("names that are critical", None, leaf("subjectAltName = critical,IP:127.0.0.1")),
    judged("a CRL's address that is critical", None,
           leaf(f"{HERE}\ncrlDistributionPoints = critical,URI:http://a.test/crl")),
    judged("policies that are critical", None, leaf(f"{HERE}\ncertificatePolicies = critical,1.2.3.4")),
    judged("OCSP is required, critical", CRITICAL, leaf(f"{HERE}\ntlsfeature = critical,status_request")),
    judged("OCSP is required", None, leaf(f"{HERE}\ntlsfeature = status_request")),
    judged("a truth that is neither 0 nor 255", MALFORMED, leaf(f"{HERE}\nbasicConstraints = DER:3003010101")),
    judged("a truth that is 255", None, leaf(f"{HERE}\nbasicConstraints = DER:30030101FF")),
    judged("policies that are no list", MALFORMED, leaf(f"{HERE}\ncertificatePolicies = DER:0500")),
    judged("policies without an identifier", MALFORMED, leaf(f"{HERE}\ncertificatePolicies = DER:30023000")),
    judged("an authority's address that is no list", MALFORMED, leaf(f"{HERE}\nauthorityInfoAccess = DER:0500")),
    judged("an authority's address", None, leaf(f"{HERE}\nauthorityInfoAccess = OCSP;URI:http://a.test/")),
    judged("a CRL's address of a certificate that is not needed is no list", MALFORMED, leaf(),
           Made("list", "crlDistributionPoints = DER:0500")),
    judged("a CRL's address of a certificate that is not needed has no point", MALFORMED, leaf(),
           Made("point", "crlDistributionPoints = DER:30020500"), ours=arrives(), differs="lax-extensions"),
    *(judged(f"the URI {uri}", says, leaf(f"{HERE}, URI:{uri}")) for uri, says in {
        "http://[bad": MALFORMED, "http://a..b/": MALFORMED, "http://a.test./": MALFORMED, "http://a.test:x/": MALFORMED,
        "http://a b/": MALFORMED, "http://a%41/": MALFORMED, "http://a.test/%4": MALFORMED, "//u^@a.test": MALFORMED,
        "1a:b": MALFORMED, ":b": MALFORMED, "urn:a:b": None, "a/b": None, "http://": None,
        "spiffe://a.test/ns/b": None, "https://u:p@a.test:8443/x%20y?z=%": None, "http://[::1]:80/": None,
        "mailto:a b": None,
    }.items()),
]


def rsa(bits: int, **more) -> Made:
    return leaf(key=f"rsa:{bits}", **more)


def signed_by(key: str, digest: str = "sha256") -> tuple[Made, Made]:
    root = Made("keyed", AUTHORITY, key=key, digest=digest)
    return leaf(issuer=root, digest=digest), root


KEYS = [
    judged("RSA 512", "", rsa(512)),
    # Go 1.24, and with it kubectl 1.33, is the first to refuse keys below 1,024 bits.
    judged("RSA 768", "", rsa(768), since=33),
    judged("RSA 1024", None, rsa(1024)),
    judged("RSA 2048", None, rsa(2048)),
    judged("RSA 9000", TOO_LONG_KEY, rsa(9000)),
    judged("RSA 9000 of a certificate that is not needed", TOO_LONG_KEY, leaf(), Made("long", key="rsa:9000")),
    # Go 1.23, and with it kubectl 1.32, is the first to refuse negative numbers.
    judged("a negative number of a certificate that is not needed", MALFORMED, leaf(),
           Made("negative", AUTHORITY, serial=-5), since=32),
    judged("RSA 1024 of the authority", None, (made := signed_by("rsa:1024"))[0], roots=made[1:]),
    judged("RSA 512 of the authority", "", (made := signed_by("rsa:512"))[0], roots=made[1:], since=33),
    judged("RSA 4096 of the authority", None, (made := signed_by("rsa:4096"))[0], roots=made[1:]),
    judged("SHA-1", UNKNOWN, leaf(digest="sha1")),
    judged("SHA-1 with RSA", UNKNOWN, (made := signed_by("rsa:2048", "sha1"))[0], roots=made[1:]),
    judged("MD5 with RSA", UNKNOWN, (made := signed_by("rsa:2048", "md5"))[0], roots=made[1:]),
    judged("SHA-224 with RSA", UNKNOWN, (made := signed_by("rsa:2048", "sha224"))[0], roots=made[1:]),
    judged("SHA-384", None, leaf(digest="sha384")),
    judged("SHA-512 with RSA", None, (made := signed_by("rsa:2048", "sha512"))[0], roots=made[1:]),
    judged("SHA3 with RSA", UNKNOWN, (made := signed_by("rsa:2048", "sha3-256"))[0], roots=made[1:]),
    judged("SHA-1 of the root itself", None, leaf(issuer=(aged := Made("aged", AUTHORITY, digest="sha1"))), roots=(aged,)),
    judged("SHA-1 of an intermediate", UNKNOWN, leaf(issuer=(weak := Made("weak", AUTHORITY, ROOT, digest="sha1"))), weak),
    judged("SHA-1 of an intermediate that is trusted", None, leaf(issuer=weak), roots=(weak,)),
    judged("SHA-1, and itself is trusted", None, (hashed := leaf(digest="sha1")), roots=(hashed,)),
    judged("P-384", None, leaf(key="secp384r1")),
    judged("P-521", None, leaf(key="secp521r1")),
    judged("P-224", "", leaf(key="secp224r1")),
    judged("secp256k1", "", leaf(key="secp256k1")),
    judged("Brainpool", "", leaf(key="brainpoolP256r1")),
    judged("Ed25519", None, leaf(key="ed25519")),
    judged("Ed448", "", leaf(key="ed448")),
    judged("P-384 of the authority", None, (made := signed_by("secp384r1"))[0], roots=made[1:]),
    judged("P-224 of the authority", None, (made := signed_by("secp224r1"))[0], roots=made[1:]),
    judged("secp256k1 of the authority", "unable to load root certificates: failed to parse certificate: x509: ",
           (made := signed_by("secp256k1"))[0], roots=made[1:]),
    judged("Ed25519 of the authority", None, (made := signed_by("ed25519", "default"))[0], roots=made[1:]),
    judged("Ed448 of the authority", UNKNOWN, (made := signed_by("ed448", "default"))[0], roots=made[1:]),
]

NO_DATA = "unable to load root certificates: no valid certificate authority data seen"
NO_BLOCK = "unable to load root certificates: unable to parse bytes as PEM block"
BLOCK = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
BUNDLES = [
    judged("a CA file with a damaged block", None, leaf(), roots=(BLOCK.format("AAAA"), ROOT)),
    judged("a CA file with a damaged block at its end", None, leaf(), roots=(ROOT, BLOCK.format("MIIB!"))),
    judged("a CA file with text that is no base64", None, leaf(), roots=(BLOCK.format("not base64"), ROOT)),
    judged("a CA file with a sequence that is no certificate", None, leaf(), roots=(BLOCK.format("MAMCAQU="), ROOT)),
    judged("a CA file with an empty block", None, leaf(), roots=(BLOCK.format(""), ROOT)),
    judged("a CA file with a block that does not end", None, leaf(),
           roots=(ROOT, "-----BEGIN CERTIFICATE-----\nMIIB\n")),
    judged("a CA file with another block that is damaged", None, leaf(),
           roots=("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ROOT)),
    judged("a CA file with CR LF", None, leaf(), roots=(ROOT,), roots_filter="crlf"),
    judged("a CA file with headers in the block", NO_DATA, leaf(), roots=(ROOT,), roots_filter="headers"),
    judged("a CA file with a trusted certificate of openssl's", NO_DATA, leaf(), roots=(ROOT,), roots_filter="trusted"),
    judged("a CA file with an X509 certificate", NO_DATA, leaf(), roots=(ROOT,), roots_filter="x509"),
    judged("a CA file with spaces before the lines", NO_BLOCK, leaf(), roots=(ROOT,), roots_filter="indented"),
    judged("a CA file with text before the first line", NO_BLOCK, leaf(), roots=(ROOT,), roots_filter="prefixed"),
    judged("a CA file with base64 in one line", None, leaf(), roots=(ROOT,), roots_filter="one line"),
]

CASES = NAMES + TIMES + AUTHORITIES + USAGES + CONSTRAINTS + EXTENSIONS + KEYS + BUNDLES

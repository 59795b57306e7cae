"""Certificates as a case describes them: chains that are right, or wrong in one way. Made by the openssl command line."""

import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

DAY = 86400
#: What `openssl ca` wants, which alone sets beginning and end.
CONFIGURATION = """
[ca]
default_ca = x
[x]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
policy = any
unique_subject = no
[any]
commonName = supplied
"""


@dataclass(frozen=True)
class Made:
    """A certificate. Its key belongs to its name and kind, so two certificates of one name are of one authority."""

    name: str
    #: Lines as in openssl's x509v3_config(5); without any, it is a certificate of version 1.
    extensions: str = ""
    #: None for itself.
    issuer: "Made | None" = None
    #: "ec", "ed25519", "rsa:BITS" or the name of a curve.
    key: str = "ec"
    digest: str = "sha256"
    #: Days from now.
    begins: float = -1
    ends: float = 2
    #: Distinguishes the keys of two authorities of one name.
    twin: str = ""
    #: For a certificate of its own, valid for 30 days from now; None for a random one.
    serial: int | None = None


class Chains:
    """Makes each certificate once, in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir()
        self.paths: dict[Made, Path] = {}
        self.lock = threading.Lock()

    def certificate(self, made: Made) -> Path:
        """The certificate's file."""
        with self.lock:
            return self._certificate(made)

    def key(self, made: Made) -> Path:
        name = f"{made.name}{made.twin}.{made.key}".replace(":", "-").replace("*", "any")
        path = self.folder / f"{name}.key"
        if not path.exists():
            kind, _, bits = made.key.partition(":")
            match kind:
                case "rsa":
                    options = ("-algorithm", "rsa", "-pkeyopt", f"rsa_keygen_bits:{bits}")
                    # Five short primes are found sooner than two long ones.
                    options += ("-pkeyopt", "rsa_keygen_primes:5") if int(bits) > 8192 else ()
                case "ed25519" | "ed448":
                    options = ("-algorithm", kind)
                case _:
                    curve = "prime256v1" if kind == "ec" else kind
                    options = ("-algorithm", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}")
            openssl("genpkey", *options, "-out", path)
        return path

    def _certificate(self, made: Made) -> Path:
        if made in self.paths:
            return self.paths[made]
        issuer = made.issuer or made
        authority = ("-selfsign",) if made.issuer is None else ("-cert", self._certificate(made.issuer))
        folder = self.folder / str(len(self.paths))
        folder.mkdir()
        (folder / "index").touch()
        (folder / "ca.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "extensions").write_text(f"[x]\n{made.extensions}\n")
        openssl("req", "-new", "-key", self.key(made), "-subj", f"/CN={made.name}", "-out", folder / "request")
        if made.serial is not None:
            # `openssl ca` knows no negative number.
            openssl("x509", "-req", "-key", self.key(made), "-set_serial", made.serial, "-in", folder / "request",
                    "-extfile", folder / "extensions", "-extensions", "x", "-out", folder / "certificate")
            self.paths[made] = folder / "certificate"
            return self.paths[made]
        openssl("ca", "-batch", "-notext", "-config", folder / "ca.cnf", *authority, "-keyfile", self.key(issuer),
                "-startdate", moment(made.begins), "-enddate", moment(made.ends), "-md", made.digest, "-rand_serial",
                *(("-extfile", folder / "extensions", "-extensions", "x") if made.extensions else ()),
                "-in", folder / "request", "-out", folder / "certificate")
        self.paths[made] = folder / "certificate"
        return self.paths[made]


def moment(days: float) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * DAY))


def openssl(*arguments):
    words = ["openssl", *map(str, arguments)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")

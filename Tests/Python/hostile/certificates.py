"""The authority of one run, and server certificates that are right, or wrong in one way."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

CA_CONFIGURATION = """
[ca]
default_ca = x
[x]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


@dataclass(frozen=True)
class KeyPair:
    certificate: Path
    key: Path


def make(folder: Path) -> tuple[KeyPair, dict[str, KeyPair]]:
    """The authority, and the servers by name. `ending` is valid for some seconds more."""
    authority = _self_signed(folder, "authority")
    _authority_files(folder)
    hour = 3600
    servers = {
        "server": _signed(folder, authority, "server", "IP:127.0.0.1", hour),
        "named": _signed(folder, authority, "named", "DNS:other.invalid", hour),
        "expired": _signed(folder, authority, "expired", "IP:127.0.0.1", -hour),
        "stranger": _self_signed(folder, "stranger"),
    }
    return authority, servers


def ending(folder: Path, case: Path, seconds: float) -> KeyPair:
    """A server certificate, in the folder of one case, that is valid for `seconds` more."""
    authority = KeyPair(folder / "authority.crt", folder / "authority.key")
    (case / "certificate").mkdir()
    _authority_files(case / "certificate")
    return _signed(case / "certificate", authority, "ending", "IP:127.0.0.1", seconds)


def _authority_files(folder: Path):
    """What `openssl ca` wants, which alone sets an end to the second."""
    (folder / "index").touch()
    (folder / "serial").write_text("1000")
    (folder / "ca.cnf").write_text(CA_CONFIGURATION.format(folder=folder))


def _self_signed(folder: Path, name: str) -> KeyPair:
    pair = KeyPair(folder / f"{name}.crt", folder / f"{name}.key")
    _openssl("req", "-x509", *_new_key(pair), "-days", "2", "-subj", f"/CN={name}", "-addext",
             "subjectAltName=IP:127.0.0.1", "-out", pair.certificate)
    return pair


def _signed(folder: Path, authority: KeyPair, name: str, names: str, seconds: float) -> KeyPair:
    pair = KeyPair(folder / f"{name}.crt", folder / f"{name}.key")
    request = folder / f"{name}.csr"
    _openssl("req", "-new", *_new_key(pair), "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", "-out", request)
    now = time.time()
    start = min(now, now + seconds) - 3600
    _openssl("ca", "-batch", "-notext", "-config", folder / "ca.cnf", "-cert", authority.certificate, "-keyfile",
             authority.key, "-startdate", _moment(start), "-enddate", _moment(now + seconds), "-in", request,
             "-out", pair.certificate)
    return pair


def _moment(seconds: float) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds))


def _new_key(pair: KeyPair) -> tuple:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", pair.key)


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

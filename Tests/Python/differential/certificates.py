"""Certificates of one run: authorities, servers and clients, made by the openssl command line."""

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: Names in each server's certificate. `named` matches no address: it is valid only with --tls-server-name.
SERVER_NAMES = {
    "server": "IP:127.0.0.1,DNS:localhost,DNS:api.test.invalid",
    "named": "DNS:named.test.invalid",
}


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    def data(self) -> tuple[str, str]:
        """Certificate and key as kubeconfig's `*-data` fields hold them."""
        return encoded(self.certificate), encoded(self.key)


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


class Certificates:
    """Makes what the run needs, in `folder`.

    `authority` signs the servers and the clients; `stranger` signs nothing that is used.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.authority = self._authority("authority")
        self.stranger = self._authority("stranger")
        self.servers = {name: self._signed(name, names) for name, names in SERVER_NAMES.items()}
        self.client = self._signed("client")
        self.other_client = self._signed("other-client")

    def secret_lines(self) -> set[str]:
        """A line of each client key: seen in an output, it shows that the key was printed."""
        lines = set()
        for key in (self.client.key, self.other_client.key):
            lines |= {line for line in key.read_text().splitlines() if "-----" not in line}
            # In base64, a part after the heading.
            lines.add(encoded(key)[80:140])
        return lines

    def _authority(self, name: str) -> KeyPair:
        pair = self._pair(name)
        self._openssl("req", "-x509", *self._new_key(pair), "-days", "2", "-subj", f"/CN={name}",
                      "-addext", "basicConstraints=critical,CA:TRUE", "-out", pair.certificate)
        return pair

    def _signed(self, name: str, alternative_names: str | None = None) -> KeyPair:
        pair = self._pair(name)
        request = self.folder / f"{name}.csr"
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative_names}\n" if alternative_names else "")
        self._openssl("req", "-new", *self._new_key(pair), "-subj", f"/CN={name}", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.authority.certificate, "-CAkey", self.authority.key,
                      "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", pair.certificate)
        return pair

    def _pair(self, name: str) -> KeyPair:
        return KeyPair(self.folder / f"{name}.crt", self.folder / f"{name}.key")

    @staticmethod
    def _new_key(pair: KeyPair) -> tuple:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", pair.key)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

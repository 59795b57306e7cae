"""The folder, servers and proxies of one case, and the placeholders that name them."""

import shutil
import ssl
import tempfile
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from case import Answer, Case, Encoded, Link
from certificates import Certificates, encoded
from chains import Chains, Made
from proxy import Proxy
from recorder import Recorder, chain_context


@dataclass(frozen=True)
class Shared:
    """What all cases of a run use."""

    certificates: Certificates
    contexts: dict[str, ssl.SSLContext]
    chains: Chains


BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
#: Ways to write a file of certificates.
FILTERS = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "headers": lambda text: text.replace(f"{BEGIN}\n", f"{BEGIN}\nOwner: shop\n\n"),
    "trusted": lambda text: text.replace("CERTIFICATE-", "TRUSTED CERTIFICATE-"),
    "x509": lambda text: text.replace("CERTIFICATE-", "X509 CERTIFICATE-"),
    "indented": lambda text: textwrap.indent(text, "  "),
    "prefixed": lambda text: f"ca: {text}",
    "one line": lambda text: BEGIN + "\n" + "".join(text.splitlines()[1:-1]) + "\n" + END + "\n",
}


class Workspace:
    """Both programs see the same files and addresses. `with` ends the servers and removes the folder."""

    def __init__(self, case: Case, shared: Shared):
        self.case = case
        self.shared = shared

    def __enter__(self) -> "Workspace":
        case, contexts = self.case, self.shared.contexts
        self.folder = Path(tempfile.mkdtemp(prefix="differential-case-"))
        context = contexts[case.certificate] if case.certificate else None
        self.recorder = Recorder(self._chain_context() if case.served else context, case.answers)
        self.proxy = Proxy(case.proxy, self.recorder.server_address, contexts["server"]) if case.proxy else None
        self.placeholders = self._placeholders()
        self.recorder.answers = tuple(self._filled_answer(answer) for answer in case.answers)
        for folder in ("home", "here", "bin"):
            (self.folder / folder).mkdir()
        for name, content in case.files.items():
            self._write(self.folder / name, content)
        return self

    def __exit__(self, *_):
        for server in filter(None, (self.recorder, self.proxy)):
            server.shutdown()
            server.server_close()
        shutil.rmtree(self.folder)

    def filled(self, text: str) -> str:
        for name, value in self.placeholders.items():
            text = text.replace(f"@{name}@", value)
        return text

    def environment(self, system_path: str) -> dict[str, str]:
        """Nothing of the caller's environment. Plugins of the case are first on PATH."""
        base = {"HOME": str(self.folder / "home"), "PATH": f"{self.folder / 'bin'}:{system_path}"}
        return base | {name: self.filled(value) for name, value in self.case.environment.items()}

    def flags(self) -> list[str]:
        return [self.filled(flag) for flag in self.case.flags]

    def _placeholders(self) -> dict[str, str]:
        certificates = self.shared.certificates
        client, other = certificates.client, certificates.other_client
        scheme = "https" if self.case.certificate else "http"
        return {
            "SERVER": f"{scheme}://127.0.0.1:{self.recorder.port}",
            "PORT": str(self.recorder.port),
            "PROXY": f"127.0.0.1:{self.proxy.port}" if self.proxy else "",
            "DIR": str(self.folder),
            "CA": str(certificates.authority.certificate),
            "CA_DATA": encoded(certificates.authority.certificate),
            "CA_PEM": certificates.authority.certificate.read_text(),
            # In double quotes for YAML: a line break after every 64 characters.
            "CA_DATA_LINES": "\\r\\n".join(textwrap.wrap(encoded(certificates.authority.certificate), 64)),
            # In double quotes over several lines, as Rancher writes it.
            "CA_DATA_FOLDED": "\\\n      ".join(textwrap.wrap(encoded(certificates.authority.certificate), 64)),
            "OTHER_CA": str(certificates.stranger.certificate),
            "OTHER_CA_DATA": encoded(certificates.stranger.certificate),
            "CERT": str(client.certificate),
            "KEY": str(client.key),
            "CERT_DATA": client.data()[0],
            "KEY_DATA": client.data()[1],
            "OTHER_CERT": str(other.certificate),
            "OTHER_KEY": str(other.key),
            "OTHER_CERT_DATA": other.data()[0],
            "OTHER_KEY_DATA": other.data()[1],
            "ROOTS": str(self._write_roots()) if self.case.roots else "",
        }

    def _chain_context(self) -> ssl.SSLContext:
        chain = self.folder / "chain.pem"
        chain.write_text("".join(self._pem(made) for made in self.case.served))
        return chain_context(chain, self.shared.chains.key(self.case.served[0]))

    def _write_roots(self) -> Path:
        text = "".join(self._pem(part) for part in self.case.roots)
        roots = self.folder / "roots.pem"
        roots.write_text(FILTERS[self.case.roots_filter](text) if self.case.roots_filter else text, newline="")
        return roots

    def _pem(self, part: Made | str) -> str:
        return part if isinstance(part, str) else self.shared.chains.certificate(part).read_text()

    def _filled_answer(self, answer: Answer) -> Answer:
        return replace(answer, headers={name: self.filled(value) for name, value in answer.headers.items()})

    def _write(self, path: Path, content: str | bytes | Link | Encoded):
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case Link(target):
                path.symlink_to(self.filled(target))
            case Encoded(text, encoding):
                path.write_bytes(self.filled(text).encode(encoding))
            case bytes():
                path.write_bytes(content)
            case str():
                # newline="" keeps the case's CR LF.
                path.write_text(self.filled(content), newline="")
        if not path.is_symlink():
            # Only our program warns of files that others may read.
            path.chmod(0o600)
        # Plugins are scripts; the bit does no harm on other files, but a case may test its absence.
        if isinstance(content, str) and content.startswith("#!"):
            path.chmod(0o755)

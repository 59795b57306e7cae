"""Runs the image's file system the way a kubelet would have a container runtime do it.

Read-only, in namespaces of its own for mounts and processes, as the image's user, with /proc, the account's token, CA and
namespace, a resolver and a file for last words. The network is the host's: the API server is there.
"""

import io
import json
import os
import pathlib
import subprocess
import tarfile

ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount"
MOUNTS = """
set -e
root=$1 account=$2 words=$3 resolver=$4 user=$5
shift 5
/usr/bin/mount --bind "$root" "$root"
/usr/bin/mount -t proc proc "$root/proc"
/usr/bin/mount --bind "$words" "$root/dev/termination-log"
/usr/bin/mount --bind -o ro "$resolver" "$root/etc/resolv.conf"
/usr/bin/mount --bind -o ro "$account" "$root/%s"
/usr/bin/mount -o remount,ro,bind "$root"
exec /usr/sbin/chroot --userspec="$user" --groups= "$root" "$@"
""" % ACCOUNT


class Image:
    """The file system of an archive for `docker load`, unpacked into `folder`, and how it wants to be run."""

    def __init__(self, archive: pathlib.Path, folder: pathlib.Path):
        self.root = folder
        with tarfile.open(archive) as outer:
            def read(name: str) -> bytes:
                return outer.extractfile(name).read()

            self.members = outer.getnames()
            manifest = json.loads(read("manifest.json"))[0]
            self.parts = [manifest["Config"], *manifest["Layers"]]
            self.tags = manifest["RepoTags"]
            self.config = json.loads(read(manifest["Config"]))["config"]
            self.version = self.config["Labels"]["org.opencontainers.image.version"]
            for layer in manifest["Layers"]:
                with tarfile.open(fileobj=io.BytesIO(read(layer))) as inner:
                    self.files = inner.getnames()
                    inner.extractall(folder)
        # A runtime creates mount points in a separate layer.
        for place in ("proc", "dev", ACCOUNT):
            (folder / place).mkdir(parents=True, exist_ok=True)
        for place in ("dev/termination-log", "etc/resolv.conf"):
            (folder / place).touch()


class Container:
    """One run. `command` and `args` are a pod's: the former replaces the image's entry point."""

    def __init__(self, image: Image, account: pathlib.Path, server_port: int, command=None, args=(), resolver: str = ""):
        self.folder = account
        self.words = account.parent / (account.name + ".words")
        self.words.write_bytes(b"")
        self.words.chmod(0o666)
        names = account.parent / (account.name + ".resolver")
        names.write_text(resolver)
        line = list(command or image.config["Entrypoint"]) + list(args)
        environment = dict(entry.split("=", 1) for entry in image.config["Env"])
        environment |= {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server_port)}
        self.process = subprocess.Popen(
            ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", MOUNTS, "container",
             image.root, account, self.words, names, image.config["User"], *line],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def signal(self, number: int):
        """To the first process of the container, which must not leave a signal to its default."""
        parent = self.process.pid
        child = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0]
        os.kill(int(child), number)

    def finish(self, timeout: float = 180):
        """Exit status, stdout, stderr and last words, once it has ended."""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, out, err, self.words.read_text()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

"""Packs a folder for each architecture as the only layer of an image, without a daemon: one OCI layout, `oci`, and an
archive for `docker load` each.

Nothing of the machine gets in: files belong to root, carry the given time, and come in the order of their names.

    oci.py --image ARCH DIR ARCHIVE [--image ...] --output DIR --name NAME --tag TAG --time SECONDS [--label KEY=VALUE ...]

Prints the digest of what the tag names: the image's manifest, or of several images their index.
"""

import argparse
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile
import time

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def deterministic_tar(entries, seconds):
    """The bytes of a tar archive of (name in the archive, path or bytes)."""
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, source in entries:
            if isinstance(source, bytes):
                member = tarfile.TarInfo(name)
                member.size, member.mode, data = len(source), 0o644, io.BytesIO(source)
            else:
                member = tar.gettarinfo(source, name)
                executable = source.is_dir() or source.stat().st_mode & 0o100
                member.mode = 0o777 if source.is_symlink() else 0o755 if executable else 0o644
                data = source.open("rb") if member.isreg() else None
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = seconds
            tar.addfile(member, data)
            if data:
                data.close()
    return result.getvalue()


class Layout:
    """Blobs under their digests."""

    def __init__(self):
        self.blobs = {}

    def add(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def add_json(self, media_type, value):
        return self.add(media_type, compact(value))


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def blob(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


def file_name(descriptor):
    return descriptor["digest"].partition(":")[2]


def add_image(layout, options, architecture, root):
    """Adds the image of a folder; returns the descriptors of its manifest, its configuration and its layer."""
    root = pathlib.Path(root)
    entries = [(str(path.relative_to(root)), path) for path in sorted(root.rglob("*"))]
    unpacked = deterministic_tar(entries, options.time)
    layer = layout.add(LAYER, gzip.compress(unpacked, 9, mtime=0))
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(options.time))
    config = layout.add_json(CONFIG, {
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": {
            "User": "65532:65532",
            "WorkingDir": "/",
            "Env": ["PATH=/usr/local/bin"],
            "Entrypoint": ["/usr/local/bin/kubectl-rollout_heal"],
            "Labels": dict(label.split("=", 1) for label in options.label),
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(unpacked).hexdigest()]},
        "history": [{"created": created, "created_by": "scripts/release/image"}],
    })
    manifest = layout.add_json(MANIFEST, {
        "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]})
    return dict(manifest, platform={"architecture": architecture, "os": "linux"}), config, layer


def docker_archive(layout, options, config, layer):
    """The older format contains nothing of OCI: programs that find an oci-layout take the name from its annotation, a
    bare tag."""
    archive = {file_name(config) + ".json": layout.blobs[blob(config)], file_name(layer) + ".tar.gz": layout.blobs[blob(layer)]}
    archive["manifest.json"] = compact([{
        "Config": file_name(config) + ".json", "RepoTags": [f"{options.name}:{options.tag}"],
        "Layers": [file_name(layer) + ".tar.gz"]}])
    return deterministic_tar(sorted(archive.items()), options.time)


def build(options):
    layout = Layout()
    output = pathlib.Path(options.output)
    manifests = []
    for architecture, root, archive in options.image:
        manifest, config, layer = add_image(layout, options, architecture, root)
        manifests.append(manifest)
        pathlib.Path(archive).write_bytes(docker_archive(layout, options, config, layer))
    named = manifests[0]
    if len(manifests) > 1:
        named = layout.add_json(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    tagged = dict(named, annotations={"org.opencontainers.image.ref.name": options.tag})
    files = dict(layout.blobs)
    files["oci-layout"] = compact({"imageLayoutVersion": "1.0.0"})
    files["index.json"] = compact({"schemaVersion": 2, "mediaType": INDEX, "manifests": [tagged]})
    for name, data in files.items():
        path = output / "oci" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(named["digest"])


def main():
    parser = argparse.ArgumentParser()
    for name in ("output", "name", "tag"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--image", required=True, nargs=3, action="append", metavar=("ARCH", "DIR", "ARCHIVE"))
    parser.add_argument("--time", required=True, type=int)
    parser.add_argument("--label", action="append", default=[])
    build(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())

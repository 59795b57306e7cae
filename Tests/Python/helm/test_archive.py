"""The archive that is published: the same bytes from the same commit, and the chart that the folder is."""

import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from chart import CHART, ROOT, helm, render
from pods import version
from test_objects import MONITORING


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return sorted(each.name for each in tar)


class Archive(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def make(self, name: str, root: Path = ROOT, **more) -> Path:
        output = self.folder / name
        output.mkdir()
        # Of one commit, also where git does not know it.
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        subprocess.run([root / "scripts/release/chart", "--output", output], check=True, env=environment, capture_output=True, **more)
        (archive,) = output.iterdir()
        return archive

    def test_reproducible(self):
        """In another folder, at another time, with another umask and leftovers of an editor."""
        copy = self.folder / "copy"
        for part in ("scripts/release", "scripts/lib", "packaging/helm"):
            shutil.copytree(ROOT / part, copy / part, copy_function=shutil.copyfile)
        (copy / "scripts/release/chart").chmod(0o700)
        for file in (copy / "packaging/helm").rglob("*"):
            file.chmod(0o700)
        (copy / "packaging/helm/rollout-heal/values.yaml~").touch()
        first, second = self.make("first"), self.make("second", copy, umask=0o077)
        self.assertEqual(first.name, f"rollout-heal-{version()[1:]}.tgz")
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_is_the_chart(self):
        """Helm renders it as the folder, and packs the same files itself."""
        archive = self.make("ours")
        for values in ({}, MONITORING):
            self.assertEqual(render(values, archive), render(values))
        helm("package", CHART, "--destination", self.folder)
        self.assertEqual(names(archive), names(self.folder / archive.name))

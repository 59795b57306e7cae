"""Prints the licences of what is linked into the binaries, as their owners ask who passes them on to do.

    notices.py --libraries DIR [--swift FILE] --checkouts DIR --package DIR

DIR of --libraries is what scripts/release/static-libraries made, with `packages` and copyrights/SOURCE; FILE is the licence of a Swift
toolchain that is not among those; --checkouts has a folder for each Swift package, of which those that Package.swift in --package names are linked.
"""

import argparse
import pathlib
import re
import sys

HEAD = """Third-party notices of kubectl-rollout-heal

What is linked into the static binary, which the image, the archive and the packages carry, each with its licence.
"""


def section(name, *files):
    texts = [file.read_text(encoding="utf-8", errors="replace").strip("\n") for file in files]
    if not texts:
        sys.exit(f"error: the licence of {name} is not there")
    return "\n".join(["=" * 80, name, "=" * 80, "", *texts, ""])


def main():
    parser = argparse.ArgumentParser()
    for name in ("libraries", "checkouts", "package"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--swift", type=pathlib.Path)
    options = parser.parse_args()
    print(HEAD)
    copyrights = options.libraries / "copyrights"
    swift = "Swift: the standard library, Dispatch and Foundation Essentials"
    swift_files = [options.swift] if options.swift else []
    for line in (options.libraries / "packages").read_text(encoding="utf-8").splitlines():
        source, version, _ = line.split("\t")
        if source == "swiftlang":
            swift += f", {version}, from Debian"
            # Debian's text refers to the licence with its exception; the Swift packages have it in full, the same for all.
            swift_files = [copyrights / source, options.checkouts / "swift-argument-parser" / "LICENSE.txt"]
        else:
            print(section(f"{source} {version}, from Debian", copyrights / source))
    for file in sorted(copyrights.glob("common-*")):
        print(section(f"{file.name.removeprefix('common-')}, which is named above", file))
    print(section(swift, *swift_files))
    manifest = (options.package / "Package.swift").read_text(encoding="utf-8")
    for name, version in re.findall(r'\.package\(url: "[^"]*/([^"/]+)", exact: "([^"]+)"', manifest):
        files = sorted(file for file in (options.checkouts / name).glob("*") if re.match("LICEN[CS]E|NOTICE", file.name))
        print(section(f"{name} {version}", *files))


main()

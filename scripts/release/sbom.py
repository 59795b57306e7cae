"""Prints the SPDX 2.3 document of the static binary: what is linked into it, in which version, under which licence.

    sbom.py --name NAME --version VERSION --commit COMMIT --time SECONDS --architecture ARCH
            [--swift VERSION] --debian FILE --package DIR

--debian has a line `source<TAB>version<TAB>licence` for each Debian package; --swift is for a Swift that is none of them.
DIR holds Package.swift and Package.resolved.
"""

import argparse
import json
import pathlib
import re
import sys
import time
import urllib.parse


SWIFT_PARTS = "the standard library, Dispatch and Foundation Essentials"


def package(name, version, license, purl, comment=None):
    result = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": license,
        "licenseDeclared": license,
        "copyrightText": "NOASSERTION",
    }
    if purl:
        result["externalRefs"] = [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]
    if comment:
        result["comment"] = comment
    return result


def main():
    parser = argparse.ArgumentParser()
    for name in ("name", "version", "commit", "architecture", "debian", "package"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--swift")
    parser.add_argument("--time", required=True, type=int)
    options = parser.parse_args()

    main_package = package(options.name, options.version, "Apache-2.0", None, f"commit {options.commit}")
    parts = []
    for line in open(options.debian, encoding="utf-8"):
        source, version, license = line.rstrip("\n").split("\t")
        purl = f"pkg:deb/debian/{source}@{urllib.parse.quote(version, safe='')}?arch=source"
        # Only curl's library is included, in a build that differs from Debian's.
        comment = {"curl": "built from Debian's source package curl by scripts/release/static-libraries",
                   "swiftlang": SWIFT_PARTS + ", as Debian built them"}.get(source)
        parts.append(package({"curl": "libcurl", "swiftlang": "swift"}.get(source, source), version, license, purl, comment))
    if options.swift:
        parts.append(package("swift", options.swift, "Apache-2.0 WITH Swift-exception", None, SWIFT_PARTS))
    if "swift" not in [part["name"] for part in parts]:
        sys.exit("error: no version of Swift was given")
    # Package.resolved also lists dependencies of unused products.
    manifest = (pathlib.Path(options.package) / "Package.swift").read_text(encoding="utf-8")
    resolved = (pathlib.Path(options.package) / "Package.resolved").read_text(encoding="utf-8")
    for pin in json.loads(resolved)["pins"]:
        if f"/{pin['identity']}\"" in manifest:
            parts.append(package(pin["identity"], pin["state"]["version"], "Apache-2.0", None))
    name = f"{options.name}-{options.version}-linux-{options.architecture}"
    parts.sort(key=lambda part: part["name"])

    json.dump({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{options.commit}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(options.time)),
            "creators": [f"Tool: {options.name}-scripts/sbom.py"],
        },
        "packages": [main_package] + parts,
        "relationships": [{
            "spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
            "relatedSpdxElement": main_package["SPDXID"],
        }] + [{
            "spdxElementId": main_package["SPDXID"], "relatedSpdxElement": part["SPDXID"],
            "relationshipType": "CONTAINS" if part["name"] == "ca-certificates" else "STATIC_LINK",
        } for part in parts],
    }, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()

"""Prints the SPDX 2.3 document of the static binary: what is linked into it, in which version, under which licence.

    sbom.py --name NAME --version VERSION --commit COMMIT --time SECONDS --swift VERSION --debian FILE --package DIR

--debian has a line `source<TAB>version<TAB>licence` for each Debian package; DIR holds Package.swift and Package.resolved.
"""

import argparse
import json
import pathlib
import re
import sys
import time
import urllib.parse


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
    for name in ("name", "version", "commit", "swift", "debian", "package"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--time", required=True, type=int)
    options = parser.parse_args()

    main_package = package(options.name, options.version, "Apache-2.0", None, f"commit {options.commit}")
    parts = []
    for line in open(options.debian, encoding="utf-8"):
        source, version, license = line.rstrip("\n").split("\t")
        purl = f"pkg:deb/debian/{source}@{urllib.parse.quote(version, safe='')}?arch=source"
        # Only curl's library is included, in a build that differs from Debian's.
        comment = "built from Debian's source package curl by scripts/release/static-libraries" if source == "curl" else None
        parts.append(package("libcurl" if source == "curl" else source, version, license, purl, comment))
    parts.append(package("swift", options.swift, "Apache-2.0 WITH Swift-exception", None,
                         "the standard library, Dispatch and Foundation Essentials"))
    # Package.resolved also lists dependencies of unused products.
    manifest = (pathlib.Path(options.package) / "Package.swift").read_text(encoding="utf-8")
    resolved = (pathlib.Path(options.package) / "Package.resolved").read_text(encoding="utf-8")
    for pin in json.loads(resolved)["pins"]:
        if f"/{pin['identity']}\"" in manifest:
            parts.append(package(pin["identity"], pin["state"]["version"], "Apache-2.0", None))
    parts.sort(key=lambda part: part["name"])

    json.dump({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{options.name}-{options.version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/{options.name}-{options.version}-{options.commit}",
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

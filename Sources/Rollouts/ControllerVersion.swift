/// A released version of the argo-rollouts controller: `v1.7.1`, `v1.10.0-rc1`.
package struct ControllerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int
    /// The number of a release candidate, which comes before the release; nil for the release.
    package var candidate: Int?

    package init(_ major: Int, _ minor: Int, _ patch: Int, candidate: Int? = nil) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.candidate = candidate
    }

    /// Parses the tag of a release, with or without `v`; nil for any other tag, such as `latest` or that of a fork.
    package init?(tag: String) {
        let bare = tag.hasPrefix("v") ? tag.dropFirst() : tag[...]
        let parts = bare.split(
            separator: "-", omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(Self.number)
        guard (1...2).contains(parts.count), numbers.count == 3, let major = numbers[0], let minor = numbers[1],
            let patch = numbers[2]
        else { return nil }
        self.init(major, minor, patch)
        if parts.count == 2 {
            guard parts[1].hasPrefix("rc"), let candidate = Self.number(parts[1].dropFirst(2)) else { return nil }
            self.candidate = candidate
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    package static func < (left: ControllerVersion, right: ControllerVersion) -> Bool {
        let numbers = (left.major, left.minor, left.patch), others = (right.major, right.minor, right.patch)
        if numbers != others { return numbers < others }
        return (left.candidate ?? .max) < (right.candidate ?? .max)
    }

    package var description: String {
        "v\(major).\(minor).\(patch)" + (candidate.map { "-rc\($0)" } ?? "")
    }
}

/// What the image of a container says about its version.
package enum ControllerImage: Sendable, Equatable {
    case release(ControllerVersion)
    /// Why the version is unknown.
    case unknown(String)

    /// - Parameter image: `[REGISTRY/]NAME[:TAG][@DIGEST]`; only images named argo-rollouts are trusted to have the
    ///   version of their tag.
    package init(_ image: String) {
        let parts = image.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        let last = (path.last ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard last.first == "argo-rollouts" else {
            self = .unknown("the image is not named argo-rollouts: a fork?")
            return
        }
        guard last.count == 2, !last[1].isEmpty else {
            self = .unknown(parts.count == 2 ? "the image has only a digest" : "the image has no tag")
            return
        }
        guard let version = ControllerVersion(tag: String(last[1])) else {
            self = .unknown("the tag \(last[1]) is not that of a release")
            return
        }
        self = .release(version)
    }
}

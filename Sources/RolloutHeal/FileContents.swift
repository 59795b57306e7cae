internal import Formats

/// What a file without a Rollout contains: an error text, other kinds, or nothing.
struct FileContents {
    /// Maximum number of bytes shown of a text that is no object.
    private static let longestText = 100
    private static let mostKinds = 5

    var hasRollout = false
    /// The namespaces of Rollouts outside the requested namespace.
    var otherNamespaces: Set<String> = []
    private var kinds: [String: Int] = [:]
    private var hasObjectWithoutKind = false
    /// The first bytes of the file after leading white space.
    private var beginning: [UInt8] = []

    mutating func note(_ bytes: [UInt8]) {
        guard beginning.count < Self.longestText else { return }
        let more = beginning.isEmpty ? bytes.drop { $0 == 0x20 || (0x09...0x0D).contains($0) } : bytes[...]
        beginning += more.prefix(Self.longestText - beginning.count)
    }

    mutating func add(kind: String?, apiVersion: String? = nil) {
        guard let kind, !kind.isEmpty else {
            hasObjectWithoutKind = true
            return
        }
        // Other projects have a kind `Rollout` too.
        let name = kind == "Rollout" ? "Rollout of \(apiVersion ?? "no apiVersion")" : kind
        if kinds[name] != nil || kinds.count < Self.mostKinds { kinds[name, default: 0] += 1 }
    }

    /// Describes what the file contains instead of a Rollout; nil if it contains one.
    func missingRollout(in namespace: String?) -> String? {
        if hasRollout { return nil }
        if let namespace, !otherNamespaces.isEmpty {
            return
                "it contains no Rollout in namespace \(namespace), only in \(otherNamespaces.sorted().joined(separator: ", "))"
        }
        let found = kinds.sorted { $0.key < $1.key }.map { kind, count in count == 1 ? kind : "\(kind) (\(count))" }
        if !found.isEmpty { return "it contains no Rollout, only \(found.joined(separator: ", "))" }
        let line =
            beginning.split(separator: UInt8(ascii: "\n")).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        if line.isEmpty { return "it is empty: it contains no Rollout" }
        if hasObjectWithoutKind || beginning.first != UInt8(ascii: "{") {
            return "it contains no Rollout; it begins with: \(line)"
        }
        return "it contains no Rollout: its list of items is empty"
    }
}

/// The group, version and plural name of one kind of object in the API.
package struct APIResource: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    package var version: String
    /// Lower case: `replicasets`.
    package var plural: String

    package init(group: String, version: String, plural: String) {
        self.group = group
        self.version = version
        self.plural = plural
    }

    /// The resource as messages name it: `replicasets.apps`.
    package var qualifiedName: String {
        group.isEmpty ? plural : "\(plural).\(group)"
    }

    /// The URL path `/apis/GROUP/VERSION[/namespaces/NAMESPACE]/PLURAL[/NAME[/SUBRESOURCE]]`; the core group uses
    /// `/api`.
    ///
    /// - Throws: ``KubeError/invalidName(what:name:reason:)``, in kubectl's words, if `namespace` or `name` cannot be a
    ///   path segment.
    func path(namespace: String?, name: String? = nil, subresource: String? = nil) throws(KubeError) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if let namespace { path += "/namespaces/" + (try Self.segment(namespace, of: "namespace")) }
        path += "/\(plural)"
        if let name { path += "/" + (try Self.segment(name, of: "resource name")) }
        if let subresource { path += "/\(subresource)" }
        return path
    }

    private static func segment(_ text: String, of what: String) throws(KubeError) -> String {
        if text.isEmpty { throw .invalidName(what: what, name: text, reason: "may not be empty") }
        if text == "." || text == ".." {
            throw .invalidName(what: what, name: text, reason: "may not be '\(text)'")
        }
        for forbidden in ["/", "%"] where text.contains(forbidden) {
            throw .invalidName(what: what, name: text, reason: "may not contain '\(forbidden)'")
        }
        return PercentEncoding.path(text)
    }
}

/// URL encodings of UTF-8 text.
enum PercentEncoding {
    /// Encodes a path segment: keeps RFC 3986 `pchar` without the sub-delimiters, which are rare in names.
    static func path(_ text: String) -> String {
        encode(text, keeping: "-._~:@")
    }

    /// Encodes as `application/x-www-form-urlencoded` with sorted keys, like Go's `url.Values`.
    static func query(_ items: [String: String]) -> String {
        items.sorted { $0.key < $1.key }
            .map { encode($0.key, keeping: "-._~", space: "+") + "=" + encode($0.value, keeping: "-._~", space: "+") }
            .joined(separator: "&")
    }

    private static func encode(_ text: String, keeping kept: String, space: String = "%20") -> String {
        var encoded = ""
        for byte in text.utf8 {
            if byte.isASCIILetterOrDigit || kept.utf8.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += byte == UInt8(ascii: " ") ? space : "%" + byte.hex
            }
        }
        return encoded
    }
}

extension UInt8 {
    var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// The byte as two upper-case hexadecimal digits.
    var hex: String {
        let digits = String(self, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}

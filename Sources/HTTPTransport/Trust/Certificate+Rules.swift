internal import Formats

/// The rules of Go's crypto/x509 (verify.go) in its words; the ones that are about a server's own certificate.
extension Certificate {
    private static let mostNames = 100
    /// crypto/tls handshake_client.go `maxRSAKeySize`.
    private static let longestKey = 8192

    /// Whether Go would not compute with its key.
    var hasTooLongKey: Bool {
        if case .rsa(let bits) = key { bits > Self.longestKey } else { false }
    }

    /// Why the certificate cannot be used now: an unknown critical extension, or its validity; nil if it can.
    func unusable(at now: Timestamp) -> String? {
        if extensions.hasUnknownCritical { return "unhandled critical extension" }
        let expired = "certificate has expired or is not yet valid: current time \(now.rfc3339)"
        if now < notBefore { return "\(expired) is before \(notBefore.rfc3339)" }
        return notAfter < now ? "\(expired) is after \(notAfter.rfc3339)" : nil
    }

    /// Why the certificate is not for `host`, a name or an address; nil if it is. The CommonName does not count.
    func mismatch(with host: String) -> String? {
        let address = IPAddress(host)
        let isMatch =
            address.map(extensions.addresses.contains)
            ?? extensions.names.contains { HostName.matches(pattern: $0, host: host) }
        if isMatch { return nil }
        if !extensions.hasAlternativeNames, HostName.labelsMatch(pattern: commonName, host: host) {
            return "certificate relies on legacy Common Name field, use SANs instead"
        }
        let valid = address == nil ? extensions.names : extensions.addresses.map(\.text)
        if address != nil, valid.isEmpty {
            return "cannot validate certificate for \(host) because it doesn't contain any IP SANs"
        }
        if valid.count >= Self.mostNames {
            let kind = address == nil ? "names" : "IP SANs"
            return "certificate is valid for \(valid.count) \(kind), but none matched \(host)"
        }
        let list = valid.map(\.printable).joined(separator: ", ")
        return list.isEmpty
            ? "certificate is not valid for any names, but wanted to match \(host)"
            : "certificate is valid for \(list), not \(host)"
    }

    /// Whether it may be a server's: it allows that, or says nothing about its use.
    var isForServers: Bool {
        extensions.usages.isEmpty || extensions.usages.contains { $0 != .other }
    }
}

/// The rules for an issuer.
extension Certificate {
    /// Why `child` cannot be signed by this certificate, whatever its signature; nil if it can.
    func cannotSign(_ child: Certificate) -> String? {
        if extensions.isAuthority == false || version == 3 && extensions.isAuthority == nil
            || extensions.forbidsSigning
        {
            return "x509: invalid signature: parent certificate cannot sign this kind of certificate"
        }
        if key == .unknown { return "x509: cannot verify signature: algorithm unimplemented" }
        return switch child.signature {
        case .known: nil
        case .insecure(let name): "x509: cannot verify signature: insecure algorithm \(name)"
        case .unknown: "x509: cannot verify signature: algorithm unimplemented"
        }
    }

    /// Whether that many certificates may be between this one and the server's own. Unlike OpenSSL, Go counts those
    /// whose name is their issuer's.
    func isAllowed(intermediates: Int) -> Bool {
        extensions.pathLength.map { intermediates <= $0 } ?? true
    }

    /// What is said if the key of this certificate has not made a signature that names it.
    var wrongSignature: String {
        switch key {
        case .rsa: "crypto/rsa: verification error"
        case .ellipticCurve: "x509: ECDSA verification failure"
        case .ed25519, .unknown: "x509: Ed25519 verification failure"
        }
    }
}

/// Names of hosts as Go compares them.
enum HostName {
    /// Names that are no host names match only if they are the same; a wildcard is the whole first label.
    static func matches(pattern: String, host: String) -> Bool {
        guard isValid(withoutLastDot(host), allowsWildcard: false), isValid(pattern[...], allowsWildcard: true) else {
            return !pattern.isEmpty && pattern != "." && pattern.asciiLowercased == host.asciiLowercased
        }
        return labelsMatch(pattern: pattern, host: host)
    }

    static func labelsMatch(pattern: String, host: String) -> Bool {
        let wanted = labels(withoutLastDot(host.asciiLowercased))
        let labels = labels(pattern.asciiLowercased[...])
        guard !pattern.isEmpty, labels.count == wanted.count else { return false }
        return labels.first == "*" ? labels.dropFirst() == wanted.dropFirst() : labels == wanted
    }

    private static func isValid(_ name: Substring, allowsWildcard: Bool) -> Bool {
        guard !name.isEmpty, name != "*" else { return false }
        return labels(name).enumerated().allSatisfy { index, label in
            if allowsWildcard, index == 0, label == "*" { return true }
            return !label.isEmpty && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.allSatisfy { isOfHostName($0) }
        }
    }

    private static func isOfHostName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func labels(_ name: Substring) -> [Substring] {
        name.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func withoutLastDot(_ name: String) -> Substring {
        name.hasSuffix(".") ? name.dropLast() : name[...]
    }
}

extension String {
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// A stranger may have written it.
    var printable: String {
        String(decoding: utf8.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

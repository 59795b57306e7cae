internal import Formats
internal import FoundationEssentials
internal import KubeConfig
internal import Documents

/// The answer of a plugin: `kind: ExecCredential` of client.authentication.k8s.io.
struct PluginCredential: Sendable, Equatable {
    var token: Secret<String>?
    var identity: ClusterConnection.ClientIdentity?
    /// Seconds since 1970-01-01T00:00:00Z; nil if the credential does not expire.
    var expiresAt: Int64?
}

extension PluginCredential {
    private static let group = "client.authentication.k8s.io"
    private static let versions = ["v1", "v1beta1", "__internal"].map { "\(group)/\($0)" }

    /// Reads a plugin's stdout, JSON or YAML, with client-go's checks in client-go's order.
    ///
    /// - Throws: ``ExecPluginError`` if it is no ExecCredential of `apiVersion` with a token or a key pair.
    init(_ output: [UInt8], apiVersion: String) throws(ExecPluginError) {
        let root: YAMLNode
        do throws(YAMLError) {
            root = try YAMLNode.firstDocument(in: output)
        } catch {
            throw .undecodable("\(error.line):\(error.column): \(error.message)")
        }
        // client-go parses output that begins with `{` as JSON, up to the last byte; YAML would stop after one
        // document.
        if output.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "{") {
            do {
                _ = try JSONDecoder().decode(AnyJSON.self, from: Data(output))
            } catch {
                throw .undecodable("it is not a JSON object, or something follows it")
            }
        }
        try Self.checkVersion(root, wanted: apiVersion)
        guard let status = try root.member("status", "a mapping", { $0.pairs == nil ? nil : $0 }) else {
            throw .noStatus
        }
        let token = try status.text("token", in: "status.")
        let certificate = try status.text("clientCertificateData", in: "status.")
        let key = try status.text("clientKeyData", in: "status.")
        let expiry = try Self.expiry(status)
        if token == nil, certificate == nil, key == nil { throw .noCredential }
        if let token, !token.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) { throw .badToken }
        self.init(
            token: token.map { Secret($0) }, identity: try Self.identity(certificate, key), expiresAt: expiry)
    }

    private static func checkVersion(_ root: YAMLNode, wanted: String) throws(ExecPluginError) {
        if root.isNull { throw .otherVersion(wanted: wanted, found: "\(group)/__internal") }
        guard root.pairs != nil else {
            throw .undecodable("couldn't get version/kind: it is \(root.kind), not an object")
        }
        // Like client-go, which takes both from the type it wants.
        let kind = try root.text("kind") ?? "ExecCredential"
        let version = try root.text("apiVersion") ?? "\(group)/__internal"
        guard kind == "ExecCredential", versions.contains(version) else {
            throw .undecodable("no kind \"\(shown(kind))\" is registered for version \"\(shown(version))\"")
        }
        if version != wanted { throw .otherVersion(wanted: wanted, found: version) }
    }

    /// `text` if it looks like a kind or version; anything else may be a misplaced credential and is not shown.
    private static func shown(_ text: String) -> String {
        let isName =
            (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }
        return isName ? text : "(not a name)"
    }

    private static func expiry(_ status: YAMLNode) throws(ExecPluginError) -> Int64? {
        guard let node = status["expirationTimestamp"], !node.isNull else { return nil }
        guard let text = node.string else {
            throw .undecodable("status.expirationTimestamp: expected a string, found \(node.kind)")
        }
        guard let time = Timestamp(goTime: text) else {
            throw .undecodable("status.expirationTimestamp: it is not an RFC 3339 time")
        }
        return time.secondsSince1970
    }

    private static func identity(
        _ certificate: String?, _ key: String?
    ) throws(ExecPluginError) -> ClusterConnection.ClientIdentity? {
        guard let certificate, let key else {
            if certificate != nil || key != nil { throw .halfIdentity }
            return nil
        }
        for (text, input) in [(certificate, "certificate"), (key, "key")] where !text.contains("-----BEGIN ") {
            throw .badIdentity("tls: failed to find any PEM data in \(input) input")
        }
        return ClusterConnection.ClientIdentity(certificate: Array(certificate.utf8), key: Secret(Array(key.utf8)))
    }
}

/// Any JSON object, whatever its members.
private struct AnyJSON: Decodable {
    init(from decoder: any Decoder) throws {
        _ = try decoder.container(keyedBy: Keys.self)
    }

    private enum Keys: CodingKey {}
}

extension YAMLNode {
    /// Returns an optional member; nil if it is missing or null.
    ///
    /// - Throws: ``ExecPluginError/undecodable(_:)`` if `read` returns nil for the value.
    fileprivate func member<Value>(
        _ key: String, in path: String = "", _ expected: String, _ read: (YAMLNode) -> Value?
    ) throws(ExecPluginError) -> Value? {
        guard let node = self[key], !node.isNull else { return nil }
        guard let value = read(node) else {
            throw .undecodable("\(path)\(key): expected \(expected), found \(node.kind)")
        }
        return value
    }

    /// Returns a string member; nil for an empty string too, which Go's JSON does not distinguish from a missing one.
    fileprivate func text(_ key: String, in path: String = "") throws(ExecPluginError) -> String? {
        let text = try member(key, in: path, "a string") { $0.string }
        return text?.isEmpty == true ? nil : text
    }
}

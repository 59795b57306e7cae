internal import FoundationEssentials
internal import HTTPTransport
internal import KubeConfig

/// Turns the connection's credential into header fields, anew for each request.
actor Authenticator {
    /// client-go `transport/token_source.go`: a minute less 10 s of leeway.
    private static let tokenFileLifetime: Duration = .seconds(50)

    private let credential: ClusterConnection.Credential
    private let environment: HostEnvironment
    private let uptime: @Sendable () -> Duration
    private var fileToken: (token: Secret<String>, readAt: Duration)?

    init(_ credential: ClusterConnection.Credential, environment: HostEnvironment, time: TimeSource) {
        self.credential = credential
        self.environment = environment
        uptime = time.uptime
    }

    /// The value of `Authorization`; nil for anonymous, or where a client certificate says who we are.
    func authorization() async throws(KubeError) -> Secret<String>? {
        switch credential {
        case .anonymous: nil
        case .basic(let username, let password):
            Secret("Basic " + Data("\(username):\(password.exposed)".utf8).base64EncodedString())
        case .token(let token): Secret("Bearer " + token.exposed)
        case .tokenFile(let path, let fallback):
            Secret("Bearer " + (try readToken(path, fallback: fallback)).exposed)
        case .exec(let plugin):
            throw .credential(reason: "exec plugin \(plugin.command) cannot be run yet")
        }
    }

    /// The token in `path`, read again when it is 50 s old; a failed read keeps the last good one.
    private func readToken(_ path: String, fallback: Secret<String>?) throws(KubeError) -> Secret<String> {
        if let known = fileToken, uptime() - known.readAt < Self.tokenFileLifetime { return known.token }
        do throws(HostEnvironment.FileError) {
            let text = String(decoding: try environment.readFile(path), as: UTF8.self)
            let token = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            if !token.isEmpty {
                fileToken = (Secret(token), uptime())
                return Secret(token)
            }
            if let known = fileToken?.token ?? fallback { return known }
            throw HostEnvironment.FileError(isMissing: false, reason: "the file is empty")
        } catch {
            if let known = fileToken?.token ?? fallback { return known }
            throw .credential(reason: "open \(path): \(error.reason)")
        }
    }
}

extension ClusterConnection.Impersonation {
    var headers: [(name: String, value: String)] {
        var headers = [("Impersonate-User", user)]
        if let uid { headers.append(("Impersonate-Uid", uid)) }
        headers += groups.map { ("Impersonate-Group", $0) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
            headers += values.map { ("Impersonate-Extra-" + Self.escaped(key), $0) }
        }
        return headers
    }

    /// client-go escapes what is no RFC 7230 token character, and `%`, in the key.
    private static func escaped(_ key: String) -> String {
        let others = Set("!#$&'*+-.^_`|~".utf8)
        return key.utf8.reduce(into: "") { text, byte in
            if byte.isASCIILetterOrDigit || others.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + byte.hex
            }
        }
    }
}

internal import FoundationEssentials
internal import HTTPTransport
internal import KubeConfig

/// The credential that one request carries.
struct RequestCredential: Sendable {
    /// The value of `Authorization`.
    var authorization: Secret<String>?
    /// A client certificate from a plugin, which replaces the connection's own.
    var identity: ClusterConnection.ClientIdentity?
    /// The number of the plugin's credential; 0 without a plugin.
    var number = 0
}

extension RequestCredential {
    /// The minimum length of a secret, in bytes: a shorter value would match unrelated text.
    private static let shortest = 8

    /// The error if the certificate that a plugin issued cannot be used; nil for any other.
    func fault(_ error: HTTPTransportError) -> KubeError? {
        guard number > 0, identity != nil, case .invalidConfiguration(let reason) = error else { return nil }
        return .credential(reason: ExecPluginError.badIdentity(reason).message)
    }

    /// `headers` with the secret redacted: some servers echo what they were sent.
    func hidden(in headers: HTTPHeaders) -> HTTPHeaders {
        guard let secret else { return headers }
        return headers.mapValues { value in
            value.utf8.count < secret.utf8.count ? value : value.replacing(secret, with: "<redacted>")
        }
    }

    func hidden(in body: [UInt8]) -> [UInt8] {
        guard let secret else { return body }
        return body.replacing(Array(secret.utf8), with: Array("<redacted>".utf8))
    }

    /// The value of `Authorization` without its scheme; nil if it is too short to be redacted.
    private var secret: String? {
        let value = authorization?.exposed.split(separator: " ", maxSplits: 1).last.map(String.init)
        return value.flatMap { $0.utf8.count >= Self.shortest ? $0 : nil }
    }
}

/// Supplies each request with the current credential of the connection.
actor Authenticator {
    /// client-go `transport/token_source.go`: one minute less 10 s of leeway.
    private static let tokenFileLifetime: Duration = .seconds(50)

    private static let identityLifetime: Duration = .seconds(60)

    private let credential: ClusterConnection.Credential
    private let environment: HostEnvironment
    private let uptime: @Sendable () -> Duration
    private let plugin: PluginCredentials?
    private var fileToken: (token: Secret<String>, readAt: Duration)?
    /// The files of the client certificate and key; ``fileIdentity`` holds their contents as last read.
    private let identityFiles: ClusterConnection.ClientIdentityFiles?
    private var fileIdentity: (identity: ClusterConnection.ClientIdentity?, readAt: Duration)

    init(
        _ connection: ClusterConnection, plugins: PluginHost, environment: HostEnvironment, time: TimeSource,
        log: RequestLog
    ) {
        let credential = connection.credential
        self.credential = credential
        identityFiles = connection.tls.clientIdentityFiles
        fileIdentity = (connection.tls.clientIdentity, time.uptime())
        self.environment = environment
        uptime = time.uptime
        plugin =
            if case .exec(let plugin) = credential {
                PluginCredentials(plugin, host: plugins, environment: environment, time: time, log: log)
            } else {
                nil
            }
    }

    /// Returns the credential for the next request.
    ///
    /// It is empty for anonymous access, and if the connection's own client certificate authenticates the user.
    ///
    /// - Throws: ``KubeError/credential(reason:)`` if the token file or the plugin yields no credential.
    func requestCredential() async throws(KubeError) -> RequestCredential {
        var request = try await credentialItself()
        if request.identity == nil { request.identity = readIdentity() }
        return request
    }

    private func credentialItself() async throws(KubeError) -> RequestCredential {
        switch credential {
        case .anonymous: return RequestCredential()
        case .basic(let username, let password):
            let text = Data("\(username):\(password.exposed)".utf8).base64EncodedString()
            return RequestCredential(authorization: Secret("Basic " + text))
        case .token(let token): return RequestCredential(authorization: Secret("Bearer " + token.exposed))
        case .tokenFile(let path, let fallback):
            let token = try readToken(path, fallback: fallback)
            return RequestCredential(authorization: Secret("Bearer " + token.exposed))
        case .exec:
            guard let (given, number) = try await plugin?.credential() else { return RequestCredential() }
            return RequestCredential(
                authorization: given.token.map { Secret("Bearer " + $0.exposed) }, identity: given.identity,
                number: number)
        }
    }

    /// Discards `refused`, which the server rejected; returns whether to resend the request with a new credential.
    func canReplace(_ refused: RequestCredential) async -> Bool {
        guard let plugin else { return false }
        await plugin.refuse(refused.number)
        return true
    }

    /// Returns the client certificate and key from their files, which are read again after 60 s; nil without such
    /// files.
    ///
    /// While a file is unreadable or incomplete, returns the pair last read.
    private func readIdentity() -> ClusterConnection.ClientIdentity? {
        guard let identityFiles else { return nil }
        if uptime() - fileIdentity.readAt < Self.identityLifetime { return fileIdentity.identity }
        fileIdentity.readAt = uptime()
        guard let certificate = try? environment.readFile(identityFiles.certificate),
            let key = try? environment.readFile(identityFiles.key),
            [certificate, key].allSatisfy({ $0.firstRange(of: Array("-----END ".utf8)) != nil })
        else { return fileIdentity.identity }
        fileIdentity.identity = ClusterConnection.ClientIdentity(certificate: certificate, key: Secret(key))
        return fileIdentity.identity
    }

    /// Returns the token in `path`, which is read again after 50 s; a failed read keeps the last good token.
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

    /// Escapes `%` and every character that is not an RFC 7230 token character, like client-go.
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

internal import CCurl
internal import Formats
internal import Platform

/// Judges the certificates of one transfer's server as kubectl does: as Go's crypto/x509.
///
/// OpenSSL verifies chain, signatures, name constraints and times. This adds what Go demands beyond that, and decides in
/// its place what Go sees otherwise: whether a certificate can be read, the host's name, the extended key usage,
/// critical extensions, path lengths, and who may have issued a certificate. All of it happens in the handshake, before
/// a credential is sent.
///
/// Used on the transfer thread only. libcurl holds an unretained pointer to it, as to its ``ActiveTransfer``.
final class ServerJudge {
    /// What the certificate must be for; nil if libcurl compares the name.
    private let host: String?
    private var now = Timestamp(secondsSince1970: 0)
    /// Why the last candidate for an issuer that signed is not valid; and why the first one that did not sign has not.
    private var invalidIssuer: String?
    private var hint: String?
    /// Why the server was refused, in Go's words.
    private(set) var refusal: String?

    /// Returns nil if libcurl does not verify with OpenSSL, or nothing is to be verified.
    ///
    /// - Throws: ``HTTPTransportError/invalidConfiguration(_:)`` if the server's name is none.
    init?(_ configuration: TransportConfiguration, _ target: RequestTarget) throws(HTTPTransportError) {
        guard target.scheme == "https", !configuration.skipsVerification, ccurl_has_certificates() else { return nil }
        let name = try configuration.serverNameToPresent(for: target) ?? target.host
        // An https proxy has a handshake of its own, for another name. libcurl encodes names beyond ASCII.
        let isSecureProxy = try configuration.proxy.map(ProxyServer.init)?.isSecure ?? false
        host = isSecureProxy || name.utf8.contains { $0 >= 0x80 } ? nil : name
    }

    var comparesNames: Bool { host != nil }

    /// Takes part in the handshakes of `easy`; returns whether it does.
    func join(_ easy: UnsafeMutableRawPointer) -> Bool {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let code = unsafe ccurl_set_tls_tuner(
            easy,
            { _, tls, context in
                unsafe ccurl_judge_certificates(
                    tls, { unsafe ServerJudge.of($1)?.accepts($0) == true ? 1 : ccurl_refuse($0) }, context,
                    { unsafe ServerJudge.of(ccurl_data($0))?.mayIssue($1, by: $2) == true ? 1 : 0 })
                return CURLE_OK
            }, context)
        return code == CURLE_OK
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> ServerJudge? {
        unsafe context.map { unsafe Unmanaged<ServerJudge>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Judgement, in Go's order (Certificate.Verify)

    private func accepts(_ verification: UnsafeMutableRawPointer?) -> Bool {
        now = Timestamp(secondsSince1970: ThisProcess.wallClock)
        (invalidIssuer, hint) = (nil, nil)
        for index in 0..<(unsafe ccurl_sent_count(verification)) {
            refusal = unsafe Self.unreadable(Self.certificate(ccurl_sent_certificate(verification, index)))
            if refusal != nil { return false }
        }
        guard let leaf = unsafe Self.certificate(ccurl_leaf(verification)) else {
            return refuse("malformed certificate")
        }
        if let problem = leaf.unusable(at: now) ?? mismatch(leaf) { return refuse(problem) }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        guard unsafe ccurl_verify(verification, context) else {
            return refuse(VerifyResult(unsafe ccurl_verify_error(verification)).words ?? unknownAuthority)
        }
        var chain: [Certificate] = []
        for index in 0..<(unsafe ccurl_chain_count(verification)) {
            guard let certificate = unsafe Self.certificate(ccurl_chain_certificate(verification, index)) else {
                return refuse("malformed certificate")
            }
            guard certificate.isAllowed(intermediates: chain.count - 1) else {
                return refuse("too many intermediates for path length constraint")
            }
            chain.append(certificate)
        }
        guard chain.allSatisfy(\.isForServers) else {
            return refuse("certificate specifies an incompatible key usage")
        }
        refusal = nil
        return true
    }

    /// Why Go ends the handshake on a certificate that was sent, needed or not; nil if it does not.
    private static func unreadable(_ certificate: Certificate?) -> String? {
        guard let certificate else { return "failed to parse certificate from server: x509: malformed certificate" }
        return certificate.hasTooLongKey ? "server sent certificate containing RSA key larger than 8192 bits" : nil
    }

    /// libcurl falls back to the CommonName if there is no name and no address, and Go never does.
    private func mismatch(_ leaf: Certificate) -> String? {
        if let host { return leaf.mismatch(with: host) }
        return leaf.extensions.names.isEmpty && leaf.extensions.addresses.isEmpty
            ? "certificate relies on legacy Common Name field, use SANs instead" : nil
    }

    private func refuse(_ problem: String) -> Bool {
        refusal = "failed to verify certificate: x509: \(problem)"
        return false
    }

    private var unknownAuthority: String {
        invalidIssuer ?? "certificate signed by unknown authority" + (hint.map { " (possibly because of \($0))" } ?? "")
    }

    /// Whether the certificate may come from that issuer: OpenSSL's question for each certificate with the issuer's name.
    ///
    /// OpenSSL takes the first one and, if it is the wrong one, fails. Go tries all, and does not mind other key
    /// identifiers.
    private func mayIssue(_ certificate: UnsafeMutableRawPointer?, by issuer: UnsafeMutableRawPointer?) -> Bool {
        guard let child = unsafe Self.certificate(certificate), let candidate = unsafe Self.certificate(issuer),
            child.issuer == candidate.subject, child != candidate
        else { return false }
        let hasSigned = candidate.cannotSign(child) == nil && (unsafe ccurl_has_signed(issuer, certificate))
        guard hasSigned else {
            let problem = candidate.cannotSign(child) ?? candidate.wrongSignature
            let name = candidate.commonName.printable
            hint = hint ?? "\"\(problem)\" while trying to verify candidate authority certificate \"\(name)\""
            return false
        }
        if let problem = candidate.unusable(at: now) {
            invalidIssuer = problem
            return false
        }
        return true
    }

    private static func certificate(_ pointer: UnsafeMutableRawPointer?) -> Certificate? {
        guard let pointer = unsafe pointer else { return nil }
        let count = unsafe ccurl_encode(pointer, nil)
        guard count > 0 else { return nil }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(count)) { space, written in
            written = Int(unsafe ccurl_encode(pointer, space.baseAddress))
        }
        return Certificate(der: bytes)
    }
}

/// OpenSSL's result of a verification (`X509_V_ERR_*`, openssl/x509_vfy.h).
private struct VerifyResult {
    let code: Int32

    init(_ code: Int32) {
        self.code = code
    }

    /// In Go's words; nil if no issuer was found.
    var words: String? {
        switch code {
        case 2, 18, 19, 20, 21: nil
        case 9, 10: "certificate has expired or is not yet valid"
        case 24, 79: "certificate is not authorized to sign other certificates"
        case 25: "too many intermediates for path length constraint"
        case 47, 48: "a root or intermediate certificate is not authorized to sign for this name"
        case 66, 67: "the key is too weak"
        case 68: "certificate signed by unknown authority (its signature is too weak)"
        default: "OpenSSL refuses it (\(code))"
        }
    }
}

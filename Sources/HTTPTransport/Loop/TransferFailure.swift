internal import CCurl
internal import Platform

/// libcurl's details of a failed transfer as plain values, which are interpreted without libcurl.
struct TransferFailure {
    var code: CURLcode
    /// The text of the error buffer.
    var text: String
    /// The errno of the connection attempt; 0 for none.
    var systemError: Int32
    /// OpenSSL's `X509_V_ERR` code; 0 for none.
    var verifyResult: Int
    /// The proxy's status for CONNECT; 0 for none.
    var connectStatus: Int
    var usesProxy: Bool
    var host: String
    var port: Int

    var error: HTTPTransportError {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: .hostNotFound(host)
        case CURLE_COULDNT_RESOLVE_PROXY: .proxy("its host is not found")
        case CURLE_COULDNT_CONNECT: couldNotConnect
        case CURLE_PROXY: .proxy(words)
        case CURLE_OPERATION_TIMEDOUT: .timedOut(during: "connecting")
        case CURLE_SSL_CACERT_BADFILE: .invalidConfiguration("certificate authority: \(words)")
        case CURLE_SSL_CERTPROBLEM: .invalidConfiguration(clientCertificate)
        case CURLE_PEER_FAILED_VERIFICATION: .tls(verification)
        case CURLE_SSL_CONNECT_ERROR, ccurl_client_certificate_missing, CURLE_SSL_CIPHER: handshake
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR: brokenConnection
        case CURLE_GOT_NOTHING: .connectionLost("EOF")
        case CURLE_SEND_FAIL_REWIND: .connectionLost("the server closed a kept connection after the request was sent")
        case CURLE_PARTIAL_FILE: .connectionLost("unexpected EOF in the response body")
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: .connectionLost(words)
        case CURLE_URL_MALFORMAT: .invalidRequest("URL")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: .other("the server does not speak HTTP: \(words)")
        case CURLE_BAD_CONTENT_ENCODING: .other("the response is not the gzip it claims to be: \(words)")
        // libcurl 8.23 has no code of its own for a key that it cannot use.
        default: isPrivateKeyRefused ? .invalidConfiguration(clientCertificate) : .other(words)
        }
    }

    /// libcurl's detailed text, or its general text for the code.
    private var words: String { text.isEmpty ? CurlLibrary.text(code) : text }

    private var isPrivateKeyRefused: Bool { text.contains("unable to set private key") }

    /// libcurl does not say why a key was refused: if the certificate loads and the key does not, they do not match.
    private var clientCertificate: String {
        isPrivateKeyRefused
            ? "tls: private key does not match public key, or cannot be read" : "client certificate: \(words)"
    }

    /// What a proxy that refuses CONNECT answered; its code is that of a broken connection before libcurl 8.23.
    private var refusalOfProxy: HTTPTransportError? {
        connectStatus >= 300 ? .proxy("it answered \(connectStatus) to CONNECT") : nil
    }

    private var couldNotConnect: HTTPTransportError {
        if let refusalOfProxy { return refusalOfProxy }
        let error = SystemError(code: systemError)
        let reason = systemError == 0 ? words : error.text
        if usesProxy { return .proxy(reason) }
        let target = "\(RequestTarget.bracketed(host)):\(port)"
        switch error {
        case .connectionRefused: return .connectionRefused(host: host, port: port)
        case .timedOut: return .timedOut(during: "connecting")
        // Accepted into the listener's queue and then reset: client-go's "connection reset", which is retried.
        case .connectionReset: return .connectionLost("cannot connect to \(target): \(reason)")
        default: return .other("cannot connect to \(target): \(reason)")
        }
    }

    /// Interprets `X509_V_ERR_*` (openssl/x509_vfy.h).
    private var verification: String {
        let reason = text.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? words
        switch verifyResult {
        case 2, 18, 19, 20, 21: return "certificate signed by unknown authority (\(reason))"
        case 9: return "certificate is not yet valid"
        case 10: return "certificate has expired"
        default:
            // libcurl compares names itself, without an error number for a mismatch.
            let isName = verifyResult == 62 || text.contains("subject name")
            return "certificate \(isName ? "is not for this host" : "not accepted") (\(reason))"
        }
    }

    private var handshake: HTTPTransportError {
        if text.contains("wrong version number") || text.contains("packet length too long") {
            return .tls("the server does not speak TLS on this port")
        }
        if text.contains("SSL_ERROR_SYSCALL") || text.contains("unexpected eof") {
            return .connectionLost("EOF during the TLS handshake")
        }
        // "Send failure: Connection reset by peer" is an error of the socket, not of TLS.
        return text.contains("Send failure") || text.contains("Recv failure") ? .connectionLost(words) : alert
    }

    /// A TLS 1.3 server rejects a client certificate only after the handshake, on the first read.
    private var brokenConnection: HTTPTransportError {
        if text.contains("Too large response headers") { return .other(words) }
        if let refusalOfProxy { return refusalOfProxy }
        if text.contains("CONNECT") || text.contains("SOCKS") { return .proxy(words) }
        if text.contains("alert") { return alert }
        if text.contains("unexpected eof") { return .connectionLost("unexpected EOF") }
        return .connectionLost(words)
    }

    private var alert: HTTPTransportError {
        if text.contains("certificate required") || text.contains("alert bad certificate")
            || text.contains("alert unknown ca") || text.contains("alert certificate")
        {
            return .tls("the server refuses the client certificate (\(words))")
        }
        return .tls(words)
    }
}

extension CURLcode {
    /// Returns nil for success.
    func failure(of transfer: ActiveTransfer, _ configuration: TransportConfiguration) -> HTTPTransportError? {
        guard self != CURLE_OK else { return nil }
        if let refusal = transfer.refusal { return .tls(refusal) }
        return TransferFailure(
            code: self, text: transfer.easy.errorText,
            systemError: Int32(truncatingIfNeeded: transfer.easy.long(CURLINFO_OS_ERRNO)),
            verifyResult: transfer.easy.long(CURLINFO_SSL_VERIFYRESULT),
            connectStatus: transfer.easy.long(CURLINFO_HTTP_CONNECTCODE),
            usesProxy: configuration.proxy != nil, host: transfer.target.host, port: transfer.target.port
        ).error
    }
}

import CCurl
import Glibc
import Testing

@testable import HTTPTransport

/// Maps libcurl's errors to ours, with the texts of libcurl 7.88 to 8.23.
@Suite struct TransferFailureTests {
    private func error(
        _ code: CURLcode, _ text: String = "", errno: Int32 = 0, verify: Int = 0, connect: Int = 0,
        proxied: Bool = false
    ) -> HTTPTransportError {
        TransferFailure(
            code: code, text: text, systemError: errno, verifyResult: verify, connectStatus: connect,
            usesProxy: proxied,
            host: "::1", port: 6443
        ).error
    }

    @Test func connecting() {
        #expect(error(CURLE_COULDNT_CONNECT, errno: ECONNREFUSED) == .connectionRefused(host: "::1", port: 6443))
        #expect(error(CURLE_COULDNT_CONNECT, errno: ECONNREFUSED, proxied: true) == .proxy("Connection refused"))
        #expect(
            error(CURLE_COULDNT_CONNECT, errno: ECONNRESET)
                == .connectionLost("cannot connect to [::1]:6443: Connection reset by peer"))
        #expect(error(CURLE_COULDNT_CONNECT, errno: ETIMEDOUT) == .timedOut(during: "connecting"))
        #expect(
            error(CURLE_COULDNT_CONNECT, errno: EHOSTUNREACH)
                == .other("cannot connect to [::1]:6443: No route to host"))
        #expect(
            error(CURLE_OPERATION_TIMEDOUT, "Connection timed out after 30001 ms") == .timedOut(during: "connecting"))
        #expect(error(CURLE_COULDNT_RESOLVE_HOST) == .hostNotFound("::1"))
    }

    /// libcurl 8.23 has other codes than 7.88 for these two.
    @Test(arguments: [CURLE_RECV_ERROR, CURLE_COULDNT_CONNECT])
    func aProxyThatRefusesATunnelIsQuoted(code: CURLcode) {
        #expect(
            error(code, "CONNECT tunnel failed, response 403", connect: 403, proxied: true)
                == .proxy("it answered 403 to CONNECT"))
    }

    @Test(arguments: [CURLE_SSL_CERTPROBLEM, CURLE_BAD_FUNCTION_ARGUMENT])
    func aKeyThatCannotBeUsedIsTheConfigurationsFault(code: CURLcode) {
        #expect(
            error(code, "unable to set private key file: '(memory blob)' type PEM")
                == .invalidConfiguration("tls: private key does not match public key, or cannot be read"))
    }

    @Test(arguments: [
        (19, "self-signed certificate in certificate chain", "certificate signed by unknown authority ("),
        (18, "self-signed certificate", "certificate signed by unknown authority ("),
        (9, "certificate is not yet valid", "certificate is not yet valid"),
        (10, "certificate has expired", "certificate has expired"),
        (23, "certificate revoked", "certificate not accepted (certificate revoked)"),
        (62, "hostname mismatch", "certificate is not for this host ("),
    ])
    func verification(code: Int, reason: String, words: String) {
        guard
            case .tls(let text) = error(
                CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: \(reason)", verify: code)
        else {
            Issue.record("no TLS error")
            return
        }
        #expect(text.hasPrefix(words))
    }

    @Test(arguments: [
        "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0",
        "error:0A000412:SSL routines::sslv3 alert bad certificate",
        "error:0A000418:SSL routines::tlsv1 alert unknown ca",
    ])
    func theClientsCertificateRefused(text: String) {
        let expected = HTTPTransportError.tls("the server refuses the client certificate (\(text))")
        #expect(error(CURLE_RECV_ERROR, text) == expected)
        #expect(error(CURLE_SSL_CONNECT_ERROR, text) == expected)
    }

    @Test func handshake() {
        #expect(
            error(CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to ::1:6443")
                == .connectionLost("EOF during the TLS handshake"))
        #expect(
            error(CURLE_SSL_CONNECT_ERROR, "error:0A0000C6:SSL routines::packet length too long")
                == .tls("the server does not speak TLS on this port"))
        #expect(
            error(CURLE_SSL_CONNECT_ERROR, "Recv failure: Connection reset by peer")
                == .connectionLost("Recv failure: Connection reset by peer"))
        #expect(error(CURLE_SSL_CONNECT_ERROR, "unsupported protocol") == .tls("unsupported protocol"))
    }

    @Test func lostConnections() {
        #expect(
            error(CURLE_RECV_ERROR, "Recv failure: Connection reset by peer")
                == .connectionLost("Recv failure: Connection reset by peer"))
        #expect(
            error(
                CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, errno 0"
            ) == .connectionLost("unexpected EOF"))
        #expect(error(CURLE_HTTP2_STREAM) == .connectionLost("Stream error in the HTTP/2 framing layer"))
        #expect(error(CURLE_SEND_ERROR, "Send failure: Broken pipe") == .connectionLost("Send failure: Broken pipe"))
    }

    @Test func proxies() {
        #expect(
            error(CURLE_RECV_ERROR, "Received HTTP code 407 from proxy after CONNECT", connect: 407)
                == .proxy("it answered 407 to CONNECT"))
        #expect(
            error(CURLE_PROXY, "Can't complete SOCKS5 connection to host. (4)")
                == .proxy("Can't complete SOCKS5 connection to host. (4)"))
        #expect(error(CURLE_COULDNT_RESOLVE_PROXY) == .proxy("its host is not found"))
    }
}

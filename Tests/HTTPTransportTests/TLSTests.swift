import HTTPTransport
import TestSupport
import Testing

extension CurlTransportTests {
    @Suite(
        .enabled("without the openssl command there is no TLS server to test against", TestCertificates.areAvailable))
    struct TLSTests {
        /// Returns the outcome of a GET of "/" from a server with the certificate `name`, and the server's log.
        private func get(
            from name: String = "loopback", options: (TestCertificates) -> [String] = { _ in [] },
            _ configure: (TestCertificates) throws -> TransportConfiguration
        ) async throws -> (outcome: Result<String, HTTPTransportError>, log: String) {
            try await TestCertificates.with { certificates in
                var configuration = try configure(certificates)
                configuration.offersHTTP2 = false
                let transport = CurlTransport(configuration)
                return try await TLSServer.with(certificates, name, options: options(certificates)) { server in
                    let url = server.url + "/"
                    let outcome = await timed { () async throws(HTTPTransportError) in
                        try await transport.send(HTTPRequest(.get, url)).body.text
                    }.outcome
                    return (outcome, server.log.replacingPort(server.port))
                }
            }
        }

        @Test func theGivenAuthorityIsTrusted() async throws {
            let (outcome, log) = try await get { .init(certificateAuthority: try $0.bytes("ca.pem")) }
            #expect(try outcome.get() == "ok")
            #expect(log.contains("\r\nHost: 127.0.0.1:PORT\r\n"))
            // An address is no name, so no SNI is sent.
            #expect(!log.contains("Hostname in TLS extension"))
        }

        @Test func noOtherAuthorityIs() async throws {
            let (outcome, log) = try await get { .init(certificateAuthority: try $0.bytes("stranger.pem")) }
            #expect(
                outcome.failure
                    == .tls("failed to verify certificate: x509: certificate signed by unknown authority"))
            #expect(!log.contains("GET"))
        }

        @Test func theSystemRootsDoNotCountBesideAnAuthority() async throws {
            let (outcome, _) = try await get {
                .init(
                    certificateAuthority: try $0.bytes("stranger.pem"),
                    systemRoots: SystemRoots(file: $0.path("ca.pem")))
            }
            #expect(outcome.failure != nil)
        }

        @Test func withoutAnAuthorityTheSystemRootsCount() async throws {
            let (trusted, _) = try await get { .init(systemRoots: SystemRoots(file: $0.path("ca.pem"))) }
            #expect(try trusted.get() == "ok")
            let (unknown, _) = try await get { _ in .init() }
            #expect(
                unknown.failure
                    == .tls("failed to verify certificate: x509: certificate signed by unknown authority"))
        }

        @Test func skippingVerificationTrustsAnyone() async throws {
            let (outcome, _) = try await get(from: "expired") { _ in .init(skipsVerification: true) }
            #expect(try outcome.get() == "ok")
        }

        @Test func aCertificateForAnotherHostIsRefused() async throws {
            let (outcome, _) = try await get(from: "named") { .init(certificateAuthority: try $0.bytes("ca.pem")) }
            #expect(
                outcome.failure
                    == .tls(
                        "failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it "
                            + "doesn't contain any IP SANs"))
        }

        @Test func anExpiredCertificateIsRefused() async throws {
            let (outcome, _) = try await get(from: "expired") { .init(certificateAuthority: try $0.bytes("ca.pem")) }
            guard case .tls(let words) = outcome.failure else {
                Issue.record("\(outcome)")
                return
            }
            #expect(
                words.hasPrefix(
                    "failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2"))
        }

        /// OpenSSL and libcurl accept it.
        @Test(arguments: [("nameless", nil), ("nameless-host", "api.cluster.test")] as [(String, String?)])
        func aCertificateWithACommonNameOnlyIsRefused(certificate: String, name: String?) async throws {
            let (outcome, log) = try await get(from: certificate) {
                .init(certificateAuthority: try $0.bytes("ca.pem"), serverName: name)
            }
            #expect(
                outcome.failure
                    == .tls(
                        "failed to verify certificate: x509: certificate relies on legacy Common Name field, use SANs "
                            + "instead"))
            #expect(!log.contains("GET"))
        }

        /// Later requests on the same connection, and on a later one, are judged as the first was.
        @Test func eachConnectionIsJudged() async throws {
            try await TestCertificates.with { certificates in
                let transport = CurlTransport(
                    .init(certificateAuthority: try certificates.bytes("ca.pem"), offersHTTP2: false))
                for (name, isAccepted) in [("loopback", true), ("nameless", false), ("loopback", true)] {
                    try await TLSServer.with(certificates, name) { server in
                        for _ in 0..<2 {
                            let outcome = await timed { () async throws(HTTPTransportError) in
                                try await transport.send(HTTPRequest(.get, server.url + "/")).body.text
                            }.outcome
                            #expect((outcome.failure == nil) == isAccepted)
                        }
                    }
                }
            }
        }

        @Test func theServerNameIsPresentedAndVerified() async throws {
            let (outcome, log) = try await get(
                from: "named",
                options: {
                    let certificate = ["-cert2", $0.path("named.pem"), "-key2", $0.path("named.key")]
                    return ["-servername", "api.cluster.test"] + certificate
                }
            ) { .init(certificateAuthority: try $0.bytes("ca.pem"), serverName: "api.cluster.test") }
            #expect(try outcome.get() == "ok")
            #expect(log.contains("Hostname in TLS extension: \"api.cluster.test\""))
            #expect(log.contains("\r\nHost: 127.0.0.1:PORT\r\n"))
            let (other, _) = try await get {
                .init(certificateAuthority: try $0.bytes("ca.pem"), serverName: "other.test")
            }
            #expect(other.failure != nil)
        }

        /// libcurl rewrites addresses, and must not connect to them.
        @Test(arguments: ["2001:DB8:0::000A", "0x7f.2", "2130706434", "127.0.0.2"])
        func aServerNameThatIsAnAddressIsNotTheRoute(name: String) async throws {
            let (outcome, _) = try await get {
                .init(certificateAuthority: try $0.bytes("ca.pem"), serverName: name)
            }
            guard case .tls(let words) = outcome.failure else {
                Issue.record("\(outcome)")
                return
            }
            #expect(words.hasPrefix("failed to verify certificate: x509: certificate is "))
            #expect(words.hasSuffix(name))
        }

        @Test(arguments: ["", "a/b", "user@host", "a b", "a\r\nb"])
        func aServerNameIsAHostName(name: String) async {
            let transport = CurlTransport(TransportConfiguration(serverName: name))
            await #expect(throws: HTTPTransportError.invalidConfiguration("server name: not a host name")) {
                try await transport.send(HTTPRequest(.get, "https://127.0.0.1:1/"))
            }
        }

        @Test func theClientPresentsItsCertificate() async throws {
            let (outcome, log) = try await get(options: { ["-CAfile", $0.path("ca.pem"), "-Verify", "1"] }) {
                .init(
                    certificateAuthority: try $0.bytes("ca.pem"),
                    clientIdentity: .init(certificate: try $0.bytes("client.pem"), key: try $0.bytes("client.key")))
            }
            #expect(try outcome.get() == "ok")
            #expect(log.contains("CN = healer") || log.contains("CN=healer"))
        }

        @Test func aServerThatAsksForACertificateRefusesWithoutOne() async throws {
            let (outcome, _) = try await get(options: { ["-CAfile", $0.path("ca.pem"), "-Verify", "1"] }) {
                .init(certificateAuthority: try $0.bytes("ca.pem"))
            }
            guard case .tls(let words) = outcome.failure else {
                Issue.record("\(outcome)")
                return
            }
            #expect(words.hasPrefix("the server refuses the client certificate ("))
        }

        @Test(arguments: [("client.pem", "loopback.key"), ("client.pem", "locked.key"), ("client.key", "client.key")])
        func anIdentityThatCannotBeUsedIsNamed(certificate: String, key: String) async throws {
            let (outcome, log) = try await get {
                .init(
                    certificateAuthority: try $0.bytes("ca.pem"),
                    clientIdentity: .init(certificate: try $0.bytes(certificate), key: try $0.bytes(key)))
            }
            guard case .invalidConfiguration(let words) = outcome.failure else {
                Issue.record("\(outcome)")
                return
            }
            #expect(words.hasPrefix("client certificate: ") || words.hasPrefix("tls: private key does not match"))
            #expect(!log.contains("GET"))
        }

        @Test(arguments: ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
        func anAuthorityWithoutACertificateIsNamed(authority: String) async throws {
            let (outcome, _) = try await get { _ in .init(certificateAuthority: Array(authority.utf8)) }
            guard case .invalidConfiguration(let words) = outcome.failure else {
                Issue.record("\(outcome)")
                return
            }
            #expect(words.hasPrefix("certificate authority: "))
        }

        @Test func versionsBefore12AreRefused() async throws {
            let (outcome, _) = try await get(options: { _ in ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"] }) {
                .init(certificateAuthority: try $0.bytes("ca.pem"))
            }
            guard case .tls = outcome.failure else {
                Issue.record("\(outcome)")
                return
            }
        }

        @Test func aServerWithoutTLSIsTold() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.read(count: 1)
                try connection.respond("plain", status: 400)
            }
            let transport = CurlTransport(TransportConfiguration())
            await #expect(throws: HTTPTransportError.tls("the server does not speak TLS on this port")) {
                try await transport.send(HTTPRequest(.get, "https://127.0.0.1:\(server.port)/"))
            }
        }
    }
}

extension String {
    fileprivate func replacingPort(_ port: Int) -> String {
        split(separator: ":\(port)", omittingEmptySubsequences: false).joined(separator: ":PORT")
    }
}

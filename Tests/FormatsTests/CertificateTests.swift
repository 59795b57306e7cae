import Testing

@testable import Formats

@Suite struct CertificateTests {
    /// O=shop, CN=api.a.test, with names, uses, and 1.2.3.4, which is critical.
    private static let server = """
        MIICEzCCAbmgAwIBAgIUIO7gO6kzSNQBauP16K4No3MZ6NcwCgYIKoZIzj0EAwIw
        JDENMAsGA1UECgwEc2hvcDETMBEGA1UEAwwKYXBpLmEudGVzdDAeFw0yNjExMjgy
        MTM4NTBaFw0zNjExMjUyMTM4NTBaMCQxDTALBgNVBAoMBHNob3AxEzARBgNVBAMM
        CmFwaS5hLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT9x7rEXRCs4ZfR
        LFgDqKn2unTSseLKPcPJzx/H8yD1P5lxaDxk2B0T5tvrONzjAUKcYnmYUuygRv/o
        Jni94mqfo4HIMIHFMB0GA1UdDgQWBBT2/gw9SSVsG99v4/9Np18O0dnENDAfBgNV
        HSMEGDAWgBT2/gw9SSVsG99v4/9Np18O0dnENDAPBgNVHRMBAf8EBTADAQH/MDUG
        A1UdEQQuMCyCCCouYS50ZXN0hwR/AAABhxAgAQ24AAAAAAAAAAAAAAABgQhhQGEu
        dGVzdDAdBgNVHSUEFjAUBggrBgEFBQcDAgYIKwYBBQUHAwEwDgYDVR0PAQH/BAQD
        AgeAMAwGAyoDBAEB/wQCBQAwCgYIKoZIzj0EAwIDSAAwRQIhAJBgdABiOzsQ2fDu
        YkgTUNncC5IpO6bfLK0V7TBe6WKXAiAoBeKWSGbyjA2hVIDNW+cql5bEUS+7eJR6
        puOiQBfRwQ==
        """

    private static func der() throws -> [UInt8] { try Base64.decode(Array(server.utf8)) }

    @Test func whatItSays() throws {
        let certificate = try #require(Certificate(der: try Self.der()))
        #expect(certificate.version == 3)
        #expect(certificate.subject == certificate.issuer)
        #expect(certificate.commonName == "api.a.test")
        #expect((certificate.notAfter - certificate.notBefore) == .seconds(3650 * 86_400))
        #expect(certificate.key == .ellipticCurve)
        #expect(certificate.signature == .known)
        let extensions = certificate.extensions
        #expect(extensions.hasAlternativeNames)
        #expect(extensions.names == ["*.a.test"])
        #expect(extensions.addresses == [IPAddress("127.0.0.1"), IPAddress("2001:db8::1")].compactMap { $0 })
        #expect(extensions.usages == [.other, .server])
        #expect(extensions.forbidsSigning)
        #expect(extensions.hasUnknownCritical)
    }

    /// Cut anywhere, and with any byte changed, it is read or refused, and nothing else happens.
    @Test func anyBytes() throws {
        let der = try Self.der()
        for length in 0..<der.count { #expect(Certificate(der: Array(der.prefix(length))) == nil) }
        #expect(Certificate(der: der + [0]) == nil)
        for index in der.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var other = der
                other[index] ^= change
                _ = Certificate(der: other)
            }
        }
    }

    @Test(arguments: [
        ("::1", "::1"), ("2001:DB8:0:0::000A", "2001:db8::a"), ("::", "::"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("fe80::", "fe80::"), ("::ffff:127.0.0.1", "127.0.0.1"),
    ])
    func addressesAreWrittenShortly(text: String, written: String) {
        #expect(IPAddress(text)?.text == written)
    }
}

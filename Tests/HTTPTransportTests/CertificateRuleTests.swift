import Testing

@testable import Formats
@testable import HTTPTransport

/// The rules of Go's crypto/x509 without a server; with one, `scripts/ci/differential` holds them against kubectl.
@Suite struct CertificateRuleTests {
    private static let now = Timestamp(secondsSince1970: 1_772_366_400)

    private static func certificate(
        names: [String] = [], addresses: [String] = [], commonName: String = "leaf",
        _ change: (inout Certificate) -> Void = { _ in }
    ) -> Certificate {
        var certificate = Certificate(
            version: 3, issuer: [1], subject: [2], commonName: commonName, notBefore: now + .seconds(-60),
            notAfter: now + .seconds(60), key: .ellipticCurve, signature: .known)
        certificate.extensions.names = names
        certificate.extensions.addresses = addresses.compactMap { IPAddress($0) }
        certificate.extensions.hasAlternativeNames = !names.isEmpty || !addresses.isEmpty
        change(&certificate)
        return certificate
    }

    @Test(arguments: [
        ("api.a.test", "api.a.test"), ("API.a.Test", "api.A.test"), ("api.a.test", "api.a.test."),
        ("api.a.test.", "api.a.test."), ("*.a.test", "b.a.test"), ("*.a.test", "b.a.test."), ("*.test", "b.test"),
        ("kubernetes", "kubernetes"), ("a_b.test", "a_b.test"), ("-a.test", "-a.test"),
        ("b\u{fc}.test", "b\u{fc}.test"),
    ])
    func namesThatMatch(pattern: String, host: String) {
        #expect(Self.certificate(names: ["other.test", pattern]).mismatch(with: host) == nil)
    }

    @Test(arguments: [
        ("api.a.test.", "api.a.test"), ("*.a.test", "a.test"), ("*.a.test", "c.b.a.test"), ("*.a.test", ".a.test"),
        ("*", "kubernetes"), ("w*.a.test", "web.a.test"), ("*b.a.test", "web.a.test"), ("a.*.test", "a.b.test"),
        ("*.*.test", "b.a.test"), ("a..test", "a.b.test"), ("", ""), (".", "."), ("127.0.0.1", "127.0.0.1"),
        ("*.0.0.1", "127.0.0.1"), ("fe80::1%25lo", "fe80::1%lo"), ("*.test", "-a.test"),
    ])
    func namesThatDoNot(pattern: String, host: String) {
        #expect(Self.certificate(names: ["other.test", pattern]).mismatch(with: host) != nil)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "::ffff:127.0.0.1"), ("::ffff:127.0.0.1", "127.0.0.1"),
        ("2001:db8::a", "2001:DB8:0::000a"),
    ])
    func addressesThatMatch(address: String, host: String) {
        #expect(Self.certificate(addresses: ["::1", address]).mismatch(with: host) == nil)
    }

    @Test func aMismatchIsToldInGosWords() {
        func words(_ host: String, _ certificate: Certificate) -> String? { certificate.mismatch(with: host) }
        let legacy = "certificate relies on legacy Common Name field, use SANs instead"
        #expect(words("a.test", Self.certificate(commonName: "a.test")) == legacy)
        #expect(words("127.0.0.1", Self.certificate(commonName: "127.0.0.1")) == legacy)
        #expect(words("b.a.test", Self.certificate(commonName: "*.a.test")) == legacy)
        let bare = Self.certificate(commonName: "a.test") { $0.extensions.hasAlternativeNames = true }
        #expect(words("a.test", bare) == "certificate is not valid for any names, but wanted to match a.test")
        #expect(
            words("::1", Self.certificate(names: ["a"]))
                == "cannot validate certificate for ::1 because it doesn't contain any IP SANs")
        #expect(
            words("::2", Self.certificate(addresses: ["127.0.0.1", "::1"]))
                == "certificate is valid for 127.0.0.1, ::1, not ::2")
        #expect(
            words("b", Self.certificate(names: ["a", "\u{1b}[31m"])) == "certificate is valid for a, ?[31m, not b")
        #expect(
            words("b", Self.certificate(names: Array(repeating: "a", count: 100)))
                == "certificate is valid for 100 names, but none matched b")
    }

    @Test func validityAndCriticalExtensions() {
        let certificate = Self.certificate()
        #expect(certificate.unusable(at: Self.now) == nil)
        #expect(certificate.unusable(at: Self.now + .seconds(60)) == nil)
        let begin = "certificate has expired or is not yet valid: current time "
        #expect(
            certificate.unusable(at: Self.now + .seconds(61))
                == begin + "2026-03-01T12:01:01Z is after 2026-03-01T12:01:00Z")
        #expect(
            certificate.unusable(at: Self.now + .seconds(-61))
                == begin + "2026-03-01T11:58:59Z is before 2026-03-01T11:59:00Z")
        let critical = Self.certificate { $0.extensions.hasUnknownCritical = true }
        #expect(critical.unusable(at: Self.now) == "unhandled critical extension")
    }

    @Test(
        arguments: [
            ([], true), ([.server], true), ([.any], true), ([.other, .server], true), ([.other, .any], true),
            ([.other], false),
        ] as [([Certificate.Usage], Bool)])
    func usages(usages: [Certificate.Usage], isAllowed: Bool) {
        #expect(Self.certificate { $0.extensions.usages = usages }.isForServers == isAllowed)
    }

    @Test func keysThatAreTooLong() {
        #expect(!Self.certificate { $0.key = .rsa(bits: 8192) }.hasTooLongKey)
        #expect(Self.certificate { $0.key = .rsa(bits: 8193) }.hasTooLongKey)
        #expect(!Self.certificate().hasTooLongKey)
    }

    @Test func howManyMayBeBetween() {
        let short = Self.certificate { $0.extensions.pathLength = 1 }
        #expect(short.isAllowed(intermediates: 0) && short.isAllowed(intermediates: 1))
        #expect(!short.isAllowed(intermediates: 2))
        #expect(Self.certificate().isAllowed(intermediates: 9))
    }

    @Test func whoMaySign() {
        let child = Self.certificate()
        let authority = Self.certificate { $0.extensions.isAuthority = true }
        #expect(authority.cannotSign(child) == nil)
        #expect(Self.certificate { $0.version = 1 }.cannotSign(child) == nil)
        for change: (inout Certificate) -> Void in [
            { _ in }, { $0.extensions.isAuthority = false },
            {
                $0.extensions.isAuthority = true
                $0.extensions.forbidsSigning = true
            }, { ($0.version, $0.extensions.isAuthority) = (1, false) },
        ] {
            #expect(
                Self.certificate(change).cannotSign(child)
                    == "x509: invalid signature: parent certificate cannot sign this kind of certificate")
        }
        #expect(
            authority.cannotSign(Self.certificate { $0.signature = .insecure("SHA1-RSA") })
                == "x509: cannot verify signature: insecure algorithm SHA1-RSA")
        #expect(
            authority.cannotSign(Self.certificate { $0.signature = .unknown })
                == "x509: cannot verify signature: algorithm unimplemented")
    }
}

import Testing

@testable import Formats

/// Extensions as Go reads them: what it refuses, it takes the whole certificate for none.
@Suite struct CertificateExtensionTests {
    /// A value whose content is shorter than 128 bytes.
    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }

    /// What is read of one extension of 2.5.29.
    private static func read(_ number: UInt8, _ content: [UInt8], critical: [UInt8] = []) -> Certificate.Extensions? {
        let oid: [UInt8] = [0x06, 0x03, 0x55, 0x1D, number]
        return Certificate.Extensions(DERReader(value(0x30, oid + critical + value(0x04, content))[...]))
    }

    @Test(
        arguments: [
            ([0x30, 0x00], false, nil), ([0x30, 0x03, 0x01, 0x01, 0x00], false, nil),
            ([0x30, 0x03, 0x01, 0x01, 0xFF], true, nil),
            ([0x30, 0x06, 0x01, 0x01, 0xFF, 0x02, 0x01, 0x00], true, 0),
            ([0x30, 0x03, 0x02, 0x01, 0x03], false, 3),
        ] as [([UInt8], Bool, Int?)])
    func basicConstraints(content: [UInt8], isAuthority: Bool, pathLength: Int?) throws {
        let extensions = try #require(Self.read(19, content))
        #expect(extensions.isAuthority == isAuthority && extensions.pathLength == pathLength)
    }

    @Test(
        arguments: [
            [0x30, 0x03, 0x01, 0x01, 0x01], [0x30, 0x02, 0x01, 0x00], [0x30, 0x04, 0x01, 0x02, 0x00, 0xFF],
            [0x30, 0x03, 0x02, 0x01, 0xFF], [0x05, 0x00],
        ] as [[UInt8]])
    func basicConstraintsThatCannotBeRead(content: [UInt8]) {
        #expect(Self.read(19, content) == nil)
    }

    @Test func aTruthIs0Or255() throws {
        #expect(try #require(Self.read(99, [], critical: [0x01, 0x01, 0xFF])).hasUnknownCritical)
        #expect(!(try #require(Self.read(99, [], critical: [0x01, 0x01, 0x00])).hasUnknownCritical))
        #expect(Self.read(99, [], critical: [0x01, 0x01, 0x01]) == nil)
    }

    /// Policies and CRL distribution points.
    @Test func listsAreLists() {
        #expect(Self.read(32, [0x30, 0x05, 0x30, 0x03, 0x06, 0x01, 0x2A]) != nil)
        for content: [UInt8] in [[0x05, 0x00], [0x30, 0x02, 0x30, 0x00], [0x30, 0x02, 0x05, 0x00]] {
            #expect(Self.read(32, content) == nil)
        }
        #expect(Self.read(31, [0x30, 0x00]) != nil)
        #expect(Self.read(31, [0x05, 0x00]) == nil)
    }

    @Test(arguments: [
        "", "urn:a:b", "a/b", "/a:b", "///a", "http://", "http:///a", "spiffe://a.test/ns/b", "mailto:a b%", "*",
        "https://u:p@a.test:8443/x%20y?z=%#a", "http://[::1]:80/", "http://[::1]", "http://a.test:", "a+b.c-1://d",
        "//a@b@c/",
    ])
    func textsThatAreURIs(text: String) {
        #expect(Self.read(17, Self.value(0x30, Self.value(0x86, Array(text.utf8)))) != nil)
    }

    @Test(arguments: [
        "http://[bad", "http://[bad]", "http://[::1]a", "http://[::1]:x", "http://a..b/", "http://.a/", "http://a./",
        "http://a:x/", "http://a b/", "http://a%41/", "http://a/%4", "http://a/%zz", "http://a#%", "//u^@a", "1a:b",
        ":b", "a b:c", "http://a\u{7f}", "http://\u{fc}.test", "http://a\n", "%", "http://a%20@b%/",
    ])
    func textsThatAreNone(text: String) {
        #expect(Self.read(17, Self.value(0x30, Self.value(0x86, Array(text.utf8)))) == nil)
    }
}

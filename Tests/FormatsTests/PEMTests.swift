import Testing

@testable import Formats

@Suite struct PEMTests {
    private func block(_ body: String) -> String {
        "-----BEGIN CERTIFICATE-----\n\(body)\n-----END CERTIFICATE-----\n"
    }

    private func decodable(_ bundle: String) -> String {
        String(decoding: PEM.decodable(in: Array(bundle.utf8)), as: UTF8.self)
    }

    /// 30 03 02 01 05, and the same with a length of two bytes.
    private let good = ["MAMCAQU=", "MIIAAwIBBQ=="]

    @Test(arguments: ["AAAA", "!", "", "MAMCAQU", "MAQCAQU=", "MIIAAwIB", "-----BEGIN CERTIFICATE-----"])
    func aBadBlockDoesNotSpoilTheBundle(bad: String) {
        let wanted = good.map(block).joined()
        #expect(decodable(block(good[0]) + block(bad) + "# a comment\n" + block(good[1])) == wanted)
        #expect(decodable(block(bad) + block(good[0]) + block(good[1])) == wanted)
    }

    @Test func whatIsWhollyGoodOrBadIsLeftAsItIs() {
        for bundle in [good.map(block).joined(separator: "\r\n"), block("AAAA") + block("!"), "no PEM", ""] {
            #expect(decodable(bundle) == bundle)
        }
    }
}

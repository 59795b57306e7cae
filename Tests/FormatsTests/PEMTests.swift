import Testing

@testable import Formats

@Suite struct PEMTests {
    /// A certificate of an authority.
    private let good = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASOgAwIBAgIUNtI0Upr1hGyFQl2MSUJanJ9fA1swCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJYXV0aG9yaXR5MB4XDTI2MTEyODIxMzg1MFoXDTM2MTEyNTIx
        Mzg1MFowFDESMBAGA1UEAwwJYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAEvJynhWGcsWIWZiN2ojejBW/vB3svPG/HfTm1nm3LN6op26/GveAHcgBp
        qlWgKFGb49K1MVf/fX6WMsUJgYHcB6NTMFEwHQYDVR0OBBYEFJmJgyU+T1wGn5sP
        aO+UFDe6QifBMB8GA1UdIwQYMBaAFJmJgyU+T1wGn5sPaO+UFDe6QifBMA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhALbBP9BopRaZwspjHIebTQ0/
        4DFUX2kGFLBF6abYlRi/AiEAiDHnKTBFbLUxLXRSuq802XCOs2rhgIgkxNZTHbDh
        Xf8=
        -----END CERTIFICATE-----

        """

    private func block(_ body: String, type: String = "CERTIFICATE") -> String {
        "-----BEGIN \(type)-----\n\(body)\n-----END \(type)-----\n"
    }

    private func authorities(_ bundle: String) throws(PEM.Problem) -> String {
        String(decoding: try PEM.authorities(in: Array(bundle.utf8)), as: UTF8.self)
    }

    private func problem(_ bundle: String) -> PEM.Problem? {
        do throws(PEM.Problem) {
            _ = try authorities(bundle)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["AAAA", "!", "", "MAMCAQU=", "MIIAAwIB", "-----BEGIN CERTIFICATE-----"])
    func aBadBlockDoesNotSpoilTheBundle(bad: String) throws {
        #expect(try authorities(good + block(bad) + "# a comment\n" + good) == good + good)
        #expect(try authorities(block(bad) + good) == good)
    }

    @Test func ablockWithoutEndDoesNotSpoilTheBundle() throws {
        #expect(try authorities("-----BEGIN CERTIFICATE-----\nMAMC\n" + good) == good)
        #expect(try authorities(good + "-----BEGIN CERTIFICATE-----\nMAMC\n") == good)
    }

    @Test func onlyCertificatesAreLeft() throws {
        let body = good.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
        for type in ["TRUSTED CERTIFICATE", "X509 CERTIFICATE", "X509 CRL", "PRIVATE KEY"] {
            #expect(try authorities(block(body, type: type) + good) == good)
            #expect(problem(block(body, type: type)) == .noCertificate)
        }
        #expect(problem(block("Owner: shop\n\n" + body)) == .noCertificate)
    }

    @Test func linesMayEndOtherwise() throws {
        let lines = good.split(separator: "\n").map(String.init)
        #expect(try authorities(lines.joined(separator: "\r\n")) == good)
        #expect(try authorities(lines.joined(separator: " \t\n")) == good)
        let body = lines.dropFirst().dropLast().joined()
        #expect(try authorities([lines[0], body, lines[lines.count - 1]].joined(separator: "\n")) == good)
    }

    @Test func whatIsNoCertificateIsNamed() {
        #expect(problem("") == .noBlock)
        #expect(problem("no PEM") == .noBlock)
        #expect(problem(block("!")) == .noBlock)
        #expect(problem("  " + good) == .noBlock)
        #expect(problem(block("MAMCAQU=")) == .malformedCertificate)
    }
}

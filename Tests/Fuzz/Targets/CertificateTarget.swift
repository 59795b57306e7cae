import Formats

extension Target {
    /// Bytes as a certificate, and as a bundle of some: the two readers agree, and what is left of a bundle is whole.
    static let certificates = Target(name: "certificate") { bytes in
        let isCertificate = Certificate(der: bytes) != nil
        let block = "-----BEGIN CERTIFICATE-----\n\(Base64.encode(bytes))\n-----END CERTIFICATE-----\n"
        let isAuthority = (try? PEM.authorities(in: Array(block.utf8))) != nil
        precondition(
            planted(isAuthority, as: !isAuthority, where: isCertificate) == isCertificate, "two readers, two answers")
        if let bundle = try? PEM.authorities(in: bytes) {
            precondition((try? PEM.authorities(in: bundle)) == bundle, "not all of it is left")
        }
    }
}

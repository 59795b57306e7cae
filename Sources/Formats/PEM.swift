/// Whether bytes can be certificates or keys at all: what is inside is the TLS library's to judge.
package enum PEM {
    private static let marker = Array("-----BEGIN ".utf8)

    package static func isPresent(in bytes: [UInt8]) -> Bool {
        bytes.firstRange(of: marker) != nil
    }
}

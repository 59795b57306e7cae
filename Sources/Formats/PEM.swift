/// Detects PEM data; its contents are left to the TLS library.
package enum PEM {
    private static let marker = Array("-----BEGIN ".utf8)

    package static func isPresent(in bytes: [UInt8]) -> Bool {
        bytes.firstRange(of: marker) != nil
    }
}

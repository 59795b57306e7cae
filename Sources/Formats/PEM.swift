/// Detects PEM data, and reads bundles of certificates; what a certificate says is left to the TLS library.
package enum PEM {
    private static let marker = Array("-----BEGIN ".utf8)
    private static let begin = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"

    package static func isPresent(in bytes: [UInt8]) -> Bool {
        bytes.firstRange(of: marker) != nil
    }

    /// Removes the certificates of `bundle` that cannot be decoded, as Go's `AppendCertsFromPEM` skips them: the TLS library
    /// would refuse the whole bundle. Returns `bundle` unchanged if all or none can be decoded.
    package static func decodable(in bundle: [UInt8]) -> [UInt8] {
        let blocks = certificates(in: bundle)
        let good = blocks.filter(isCertificate)
        if good.isEmpty || good.count == blocks.count { return bundle }
        return Array(good.map { ([begin] + $0 + [end, ""]).joined(separator: "\n") }.joined().utf8)
    }

    /// The lines of each block between its first and last line. A block without an end stops at the next one.
    private static func certificates(in bundle: [UInt8]) -> [[String]] {
        var blocks: [[String]] = []
        var block: [String]?
        for part in bundle.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            let line = String(decoding: part, as: UTF8.self).filter { !$0.isWhitespace || $0 == " " }
            if line == begin {
                if let block { blocks.append(block) }
                block = []
            } else if line == end {
                if let block { blocks.append(block) }
                block = nil
            } else {
                block?.append(line)
            }
        }
        return blocks + (block.map { [$0] } ?? [])
    }

    /// Whether the lines are base64 of one DER SEQUENCE (X.690, 8.1) and nothing else.
    private static func isCertificate(_ lines: [String]) -> Bool {
        guard let bytes = try? Base64.decode(Array(lines.joined().utf8)), bytes.count > 2, bytes[0] == 0x30 else {
            return false
        }
        let first = Int(bytes[1])
        guard first >= 0x80 else { return bytes.count == 2 + first }
        let count = first - 0x80
        guard (1...4).contains(count), bytes.count > 2 + count else { return false }
        let length = bytes[2..<(2 + count)].reduce(0) { $0 << 8 | Int($1) }
        return bytes.count == 2 + count + length
    }
}

/// Detects PEM data, and reads bundles of certificates as Go's encoding/pem does.
package enum PEM {
    /// Why a bundle has no certificate authority.
    package enum Problem: Error, Sendable, Equatable {
        case noBlock
        case malformedCertificate
        case noCertificate
    }

    private struct Block {
        var type: Substring
        var lines: [Substring] = []
    }

    private static let marker = Array("-----BEGIN ".utf8)
    private static let type = "CERTIFICATE"

    package static func isPresent(in bytes: [UInt8]) -> Bool {
        bytes.firstRange(of: marker) != nil
    }

    /// Returns the certificates of `bundle` as a bundle of its own. What else is in it is left out, as Go's
    /// `AppendCertsFromPEM` does: the TLS library would trust some of that, or refuse the whole bundle.
    ///
    /// - Throws: ``Problem`` if there is no certificate that can be read.
    package static func authorities(in bundle: [UInt8]) throws(Problem) -> [UInt8] {
        var problem: Problem?
        var hasBlock = false
        var certificates: [[UInt8]] = []
        for block in blocks(in: bundle) {
            guard let (bytes, hasHeaders) = contents(of: block) else { continue }
            hasBlock = true
            guard block.type == type, !hasHeaders else { continue }
            if Certificate(der: bytes) == nil {
                problem = .malformedCertificate
            } else {
                certificates.append(bytes)
            }
        }
        if certificates.isEmpty { throw problem ?? (hasBlock ? .noCertificate : .noBlock) }
        return Array(certificates.map(encoded).joined().utf8)
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        var text = Base64.encode(bytes)[...]
        var lines = ["-----BEGIN \(type)-----"]
        while !text.isEmpty {
            lines.append(String(text.prefix(64)))
            text = text.dropFirst(64)
        }
        return (lines + ["-----END \(type)-----", ""]).joined(separator: "\n")
    }

    /// The blocks that end. One without an end is none, and does not spoil the next.
    private static func blocks(in bundle: [UInt8]) -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for line in String(decoding: bundle, as: UTF8.self).split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let line = trimmed(line)
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
                open = Block(type: line.dropFirst(11).dropLast(5))
            } else if let block = open, line.hasPrefix("-----END ") {
                if line == "-----END \(block.type)-----" { blocks.append(block) }
                open = nil
            } else {
                open?.lines.append(line)
            }
        }
        return blocks
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while let last = line.last, last == " " || last == "\t" || last == "\r" { line.removeLast() }
        return line
    }

    /// What a block's base64 says, and whether headers (`key: value`) come before it; nil if it is no base64.
    private static func contents(of block: Block) -> (bytes: [UInt8], hasHeaders: Bool)? {
        let body = block.lines.drop { $0.contains(":") }
        let text = body.joined().utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        guard let bytes = try? Base64.decode(Array(text)) else { return nil }
        return (bytes, body.count < block.lines.count)
    }
}

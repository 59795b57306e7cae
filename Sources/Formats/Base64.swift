/// The standard alphabet of RFC 4648, decoded as strictly as by Go's `base64.StdEncoding`.
package enum Base64 {
    /// The offset of the first illegal byte, counted from 0.
    package struct IllegalByte: Error, Sendable, Equatable {
        package var offset: Int

        package init(offset: Int) {
            self.offset = offset
        }
    }

    /// Decodes `text`. CR and LF are skipped anywhere; padding is mandatory, and nothing may follow it.
    package static func decode(_ text: [UInt8]) throws(IllegalByte) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var quantum: UInt32 = 0
        var filled = 0
        var offset = 0
        while offset < text.count {
            let byte = text[offset]
            if isLineBreak(byte) {
                offset += 1
            } else if let digit = value(of: byte) {
                quantum = quantum << 6 | UInt32(digit)
                filled += 1
                offset += 1
                if filled == 4 {
                    bytes.append(UInt8(quantum >> 16 & 0xFF))
                    bytes.append(UInt8(quantum >> 8 & 0xFF))
                    bytes.append(UInt8(quantum & 0xFF))
                    (quantum, filled) = (0, 0)
                }
            } else if byte == UInt8(ascii: "=") {
                try checkPadding(of: text, from: offset, after: filled)
                if filled == 2 {
                    bytes.append(UInt8(quantum >> 4 & 0xFF))
                } else {
                    bytes.append(UInt8(quantum >> 10 & 0xFF))
                    bytes.append(UInt8(quantum >> 2 & 0xFF))
                }
                return bytes
            } else {
                throw IllegalByte(offset: offset)
            }
        }
        guard filled == 0 else { throw IllegalByte(offset: offset - filled) }
        return bytes
    }

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                text.append(
                    place <= group.count ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 0x3F)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Requires a second `=` after two digits, none after three, then only line breaks (Go base64.go `decodeQuantum`).
    private static func checkPadding(of text: [UInt8], from start: Int, after filled: Int) throws(IllegalByte) {
        guard filled >= 2 else { throw IllegalByte(offset: start) }
        var offset = start + 1
        func skipLineBreaks() {
            while offset < text.count, isLineBreak(text[offset]) { offset += 1 }
        }
        if filled == 2 {
            skipLineBreaks()
            guard offset < text.count else { throw IllegalByte(offset: text.count) }
            guard text[offset] == UInt8(ascii: "=") else { throw IllegalByte(offset: offset - 1) }
            offset += 1
        }
        skipLineBreaks()
        guard offset == text.count else { throw IllegalByte(offset: offset) }
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

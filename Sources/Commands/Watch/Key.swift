/// A key that the page distinguishes.
enum Key: Sendable, Equatable {
    case up, down, pageUp, pageDown, home, end, enter, escape, backspace
    case character(Character)
}

/// Parses the bytes that a terminal sends for keys (ECMA-48, xterm, VT220, the Linux console).
///
/// A sequence may arrive in pieces. Esc is either a key or the beginning of another key's sequence; it counts as a key
/// when no bytes follow for a while.
struct KeyParser: Sendable {
    /// Maximum length of a key's sequence; longer ones are dropped.
    private static let longest = 32
    private static let esc: UInt8 = 0x1B

    /// The beginning of an incomplete sequence.
    private var pending: [UInt8] = []

    /// The keys that `bytes` complete. Empty `bytes` mean that none arrived for a while, which ends a pending sequence.
    mutating func keys(in bytes: [UInt8]) -> [Key] {
        if bytes.isEmpty {
            defer { pending = [] }
            return pending.first == Self.esc ? [.escape] : []
        }
        var rest = (pending + bytes)[...]
        pending = []
        var keys: [Key] = []
        while let first = rest.first {
            guard let length = Self.length(of: rest) else {
                if rest.count <= Self.longest {
                    pending = Array(rest)
                    break
                }
                // Too long for a key.
                rest = rest.dropFirst(Self.longest)
                continue
            }
            let sequence = rest.prefix(length)
            rest = rest.dropFirst(length)
            if let key = first == Self.esc ? Self.key(escaped: sequence) : Self.key(plain: sequence) {
                keys.append(key)
            }
        }
        return keys
    }

    /// Length of the first key's sequence; nil if it is incomplete.
    private static func length(of bytes: ArraySlice<UInt8>) -> Int? {
        let first = bytes[bytes.startIndex]
        guard first == esc else {
            let length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            // An invalid continuation byte ends the character.
            let body = bytes.dropFirst().prefix(length - 1).prefix { $0 & 0xC0 == 0x80 }
            return body.count == length - 1 || bytes.count > body.count + 1 ? body.count + 1 : nil
        }
        guard let kind = bytes.dropFirst().first else { return nil }
        let body = bytes.dropFirst(2)
        switch kind {
        case UInt8(ascii: "O"): return body.isEmpty ? nil : body.first == esc ? 2 : 3
        case UInt8(ascii: "["):
            // The Linux console's function keys have a second bracket.
            let skipped = body.first == UInt8(ascii: "[") ? 1 : 0
            let parameters = body.dropFirst(skipped).prefix { (0x20...0x3F).contains($0) }
            let length = 2 + skipped + parameters.count
            guard let final = body.dropFirst(skipped + parameters.count).first else { return nil }
            return (0x40...0x7E).contains(final) ? length + 1 : length
        default: return 1
        }
    }

    private static func key(escaped sequence: ArraySlice<UInt8>) -> Key? {
        guard sequence.count > 1 else { return .escape }
        guard sequence.dropFirst(2).first != UInt8(ascii: "[") else { return nil }
        switch sequence.last {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        // Enter on the keypad.
        case UInt8(ascii: "M") where sequence.count == 3: return .enter
        case UInt8(ascii: "~"):
            let number = sequence.dropFirst(2).prefix { (0x30...0x39).contains($0) }
            switch String(decoding: number, as: UTF8.self) {
            case "1", "7": return .home
            case "4", "8": return .end
            case "5": return .pageUp
            case "6": return .pageDown
            default: return nil
            }
        default: return nil
        }
    }

    private static func key(plain sequence: ArraySlice<UInt8>) -> Key? {
        switch sequence.first {
        case 0x0A, 0x0D: return .enter
        case 0x08, 0x7F: return .backspace
        // The same as in less and Emacs: ^P ^N ^B ^F.
        case 0x10: return .up
        case 0x0E: return .down
        case 0x02: return .pageUp
        case 0x06: return .pageDown
        default:
            guard let text = String(validating: sequence, as: UTF8.self), let character = text.first,
                text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else { return nil }
            return .character(character)
        }
    }
}

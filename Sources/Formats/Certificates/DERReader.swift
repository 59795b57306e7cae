/// Reads the values of DER (X.690) one after the other.
struct DERReader {
    enum Tag {
        static let boolean: UInt8 = 0x01
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octets: UInt8 = 0x04
        static let oid: UInt8 = 0x06
        static let utcTime: UInt8 = 0x17
        static let time: UInt8 = 0x18
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31
        /// A constructed value with a tag of its context.
        static func context(_ number: UInt8) -> UInt8 { 0xA0 | number }
        /// A value with a tag of its context in place of its own.
        static func implicit(_ number: UInt8) -> UInt8 { 0x80 | number }
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    func isNext(_ tag: UInt8) -> Bool { rest.first == tag }

    /// Returns the next value: its tag, its content, and all its bytes; nil if it is cut, or not encoded in the
    /// shortest way.
    mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>, all: ArraySlice<UInt8>)? {
        guard rest.count >= 2 else { return nil }
        let tag = rest[rest.startIndex]
        // Tags of several bytes occur in no certificate.
        guard tag & 0x1F != 0x1F, let (header, length) = Self.length(rest.dropFirst()) else { return nil }
        let start = rest.startIndex + 1 + header
        guard rest.endIndex - start >= length else { return nil }
        let all = rest[rest.startIndex..<(start + length)]
        rest = rest[(start + length)...]
        return (tag, all[start...], all)
    }

    /// Returns the content of the next value; nil if it has another tag.
    mutating func content(_ tag: UInt8) -> ArraySlice<UInt8>? {
        isNext(tag) ? next()?.content : nil
    }

    /// Returns a reader of the values inside the next one; nil if it has another tag.
    mutating func inside(_ tag: UInt8) -> DERReader? {
        content(tag).map(DERReader.init)
    }

    /// Returns the next value as a truth, false if it is none of that kind; nil if it is neither 0 nor 255.
    mutating func boolean() -> Bool? {
        guard isNext(Tag.boolean) else { return false }
        guard let bytes = content(Tag.boolean), bytes.count == 1 else { return nil }
        return [0x00: false, 0xFF: true][bytes[bytes.startIndex]]
    }

    /// Returns the next value as a number from 0 to the greatest `Int`.
    mutating func number(_ tag: UInt8 = Tag.integer) -> Int? {
        guard let bytes = content(tag), let first = bytes.first, first < 0x80, bytes.count <= 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The bytes that say a length, and that length.
    private static func length(_ bytes: ArraySlice<UInt8>) -> (bytes: Int, length: Int)? {
        guard let first = bytes.first else { return nil }
        if first < 0x80 { return (1, Int(first)) }
        let count = Int(first) - 0x80
        let digits = bytes.dropFirst().prefix(count)
        guard (1...4).contains(count), digits.count == count, digits.first != 0 else { return nil }
        let length = digits.reduce(0) { $0 << 8 | Int($1) }
        return length < 0x80 ? nil : (1 + count, length)
    }
}

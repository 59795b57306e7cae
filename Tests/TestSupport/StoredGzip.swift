/// Gzip without compression, for responses larger than a buffer.
package enum StoredGzip {
    /// Encodes one RFC 1952 member of RFC 1951 stored blocks.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            encoded.append(rest.isEmpty ? 1 : 0)
            encoded.append(contentsOf: littleEndian(length) + littleEndian(~length))
            encoded.append(contentsOf: block)
        } while !rest.isEmpty
        return encoded + littleEndian(checksum(bytes)) + littleEndian(UInt32(truncatingIfNeeded: bytes.count))
    }

    private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        stride(from: 0, to: Value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// CRC-32 of RFC 1952, section 8.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        let table: [UInt32] = (0..<256).map { index in
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : 0xedb8_8320 ^ (value >> 1) }
            return value
        }
        var value = ~UInt32(0)
        for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xff)] ^ (value >> 8) }
        return ~value
    }
}

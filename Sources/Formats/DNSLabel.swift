extension String {
    /// Whether the text is an RFC 1123 label: 1 to 63 lower-case letters, digits and inner hyphens.
    package var isDNSLabel: Bool {
        (1...63).contains(utf8.count) && first != "-" && last != "-"
            && utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

/// Throws for what is no name of a namespace.
func checkNamespace(_ namespace: String, flag: String) throws(UsageError) {
    if namespace.isDNSLabel { return }
    let reason = namespace.isEmpty ? "it is empty" : "a namespace has 1 to 63 of a-z, 0-9 and -, no - at either end"
    throw .badValue(flag: flag, value: namespace, reason: reason)
}

extension String {
    /// RFC 1123 label.
    var isDNSLabel: Bool {
        (1...63).contains(utf8.count) && first != "-" && last != "-"
            && utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

extension HTTPRequest {
    /// - Throws: ``HTTPTransportError/invalidRequest(_:)`` for a value that could smuggle in a header or request.
    func validate() throws(HTTPTransportError) {
        for field in headers.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isToken) else {
                throw .invalidRequest("header field name")
            }
            guard field.value.utf8.allSatisfy(Self.isFieldContent) else { throw .invalidRequest(field.name) }
        }
        _ = try RequestTarget(url)
    }

    /// Whether `byte` is a `tchar` (RFC 9110 5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Whether `byte` is a tab or no control character (RFC 9110 5.5).
    private static func isFieldContent(_ byte: UInt8) -> Bool {
        byte == 0x09 || byte >= 0x20 && byte != 0x7f
    }
}

/// The status and header fields of a response.
struct ResponseHead: Sendable, Equatable {
    var status: Int
    var headers: HTTPHeaders
}

/// Parses the header lines that libcurl reports into a ``ResponseHead``.
///
/// Drops informational responses, and trailers, which arrive as lines after the head.
struct ResponseHeadParser {
    /// Bytes; the `DefaultMaxHeaderBytes` of net/http (1 MiB).
    static let limit = 1 << 20

    /// The limit for all header lines of an exchange, with informational responses and trailers. libcurl stores them,
    /// and limits them itself only from 8.7 on.
    static let lineLimit = 5000

    enum Step: Equatable {
        case more
        case complete(ResponseHead)
        case tooLarge
    }

    private var status: Int?
    private var fields: [(name: String, value: String)] = []
    private var byteCount = 0
    private var lineCount = 0
    private(set) var isComplete = false

    /// - Parameter line: includes its line ending.
    mutating func consume(_ line: some Collection<UInt8>) -> Step {
        byteCount += line.count
        lineCount += 1
        guard byteCount <= Self.limit, lineCount <= Self.lineLimit else { return .tooLarge }
        guard !isComplete else { return .more }
        let text = line.drop(while: Self.isBlank)
        let content = text.prefix(text.count - text.reversed().prefix(while: Self.isBlank).count)
        if content.isEmpty { return endOfHeaders() }
        if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
            fold(String(decoding: content, as: UTF8.self))
        } else if content.starts(with: "HTTP/".utf8) {
            start(content)
        } else {
            field(content)
        }
        return .more
    }

    private mutating func endOfHeaders() -> Step {
        guard let status, status >= 200 else { return .more }
        isComplete = true
        var headers = HTTPHeaders()
        for field in fields { headers.append(field.name, field.value) }
        return .complete(ResponseHead(status: status, headers: headers))
    }

    /// A status line starts a new response, possibly after an informational one.
    private mutating func start(_ line: some Collection<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " "))
        status = words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) : nil
        fields = []
    }

    private mutating func field(_ line: some Collection<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let value = line[colon...].dropFirst().drop(while: Self.isBlank)
        fields.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    /// Continues the previous value with a line that begins with a blank (RFC 9112 5.2).
    private mutating func fold(_ text: String) {
        guard var last = fields.popLast() else { return }
        last.value += " " + text
        fields.append(last)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
}

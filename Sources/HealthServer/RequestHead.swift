/// The head of an HTTP/1 request, as far as answering a probe needs it.
enum RequestHead: Equatable {
    case incomplete
    case request(path: String, wantsBody: Bool)
    /// Not to be answered but with this status.
    case refused(Int)

    /// Longer heads are refused.
    static let longest = 8 << 10

    init(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) ?? bytes.firstRange(of: Array("\n\n".utf8)) else {
            self = bytes.count > Self.longest ? .refused(431) : .incomplete
            return
        }
        guard end.lowerBound <= Self.longest else {
            self = .refused(431)
            return
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 3, words[2].hasPrefix("HTTP/"), words[1].hasPrefix("/") else {
            self = .refused(400)
            return
        }
        guard words[2].hasPrefix("HTTP/1.") else {
            self = .refused(505)
            return
        }
        guard words[0] == "GET" || words[0] == "HEAD" else {
            self = .refused(405)
            return
        }
        self = .request(path: String(words[1].prefix { $0 != "?" }), wantsBody: words[0] == "GET")
    }
}

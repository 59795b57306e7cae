/// The head of an HTTP/1 request, parsed as far as a probe requires.
enum RequestHead: Equatable {
    case incomplete
    case request(path: String, wantsBody: Bool)
    /// An invalid request, and the status to answer with.
    case refused(Int)

    /// The limit for the head, in bytes.
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
        guard words.count == 3, Self.isToken(words[0]), let path = Self.path(words[1]),
            let version = Self.version(words[2])
        else {
            self = .refused(400)
            return
        }
        guard version == 1 else {
            self = .refused(505)
            return
        }
        guard words[0] == "GET" || words[0] == "HEAD" else {
            self = .refused(405)
            return
        }
        self = .request(path: path, wantsBody: words[0] == "GET")
    }

    /// Registered methods consist of capitals and hyphens.
    private static func isToken(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") }
    }

    /// Strips the query, and `http://host`, which a server must accept in the request target.
    private static func path(_ target: String) -> String? {
        let target = target.hasPrefix("http://") ? target.dropFirst(7).drop { $0 != "/" } : target[...]
        return target.hasPrefix("/") ? String(target.prefix { $0 != "?" }) : nil
    }

    /// The major version of `HTTP/1.1`.
    private static func version(_ word: String) -> Int? {
        let digits = Array(word.utf8.dropFirst(5))
        guard word.hasPrefix("HTTP/"), digits.count == 3, digits[1] == UInt8(ascii: "."),
            let minor = Int(String(decoding: [digits[2]], as: UTF8.self)), minor >= 0
        else { return nil }
        return Int(String(decoding: [digits[0]], as: UTF8.self))
    }
}

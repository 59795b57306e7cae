/// A look at the bytes of a Rollout, for the many that have nothing to do with the rule.
extension Rollout {
    private static let phrase = BytePattern(Health.deadlineExceeded)
    private static let escape = BytePattern("\\u00")

    /// Whether the Rollout that `json` is can match the rule; false is certain, true is not.
    ///
    /// A stored message, or a condition's reason, must contain the phrase. The API server writes it plainly; JSON would allow
    /// letters to be escaped (`\u0050` is P), so an object with such an escape is not decided here.
    package static func canMatch(_ json: [UInt8]) -> Bool {
        phrase.firstPlace(in: json) != nil || hasEscapedLetter(json)
    }

    /// `\u0041` to `\u007A`: what Go escapes for HTML and terminals is below or beyond.
    private static func hasEscapedLetter(_ json: [UInt8]) -> Bool {
        var start = 0
        while let place = escape.firstPlace(in: json, from: start) {
            start = place + escape.bytes.count
            if start < json.count, (UInt8(ascii: "4")...UInt8(ascii: "7")).contains(json[start]) { return true }
        }
        return false
    }
}

/// Bytes to be found in many arrays, by Horspool's method: it looks at where their last one would be, and leaps by what is
/// there instead.
struct BytePattern: Sendable {
    let bytes: [UInt8]
    private let leaps: [Int]

    init(_ text: String) {
        bytes = Array(text.utf8)
        var leaps = [Int](repeating: bytes.count, count: 256)
        for (place, byte) in bytes.dropLast().enumerated() { leaps[Int(byte)] = bytes.count - 1 - place }
        self.leaps = leaps
    }

    func firstPlace(in text: [UInt8], from start: Int = 0) -> Int? {
        let last = bytes.count - 1
        var end = start + last
        while end < text.count {
            if text[end] == bytes[last], text[(end - last)...end].elementsEqual(bytes) { return end - last }
            end += leaps[Int(text[end])]
        }
        return nil
    }
}

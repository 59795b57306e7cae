/// A test on the JSON of a Rollout that sorts out most healthy ones without decoding.
extension Rollout {
    private static let healthyPhase = BytePattern("\"phase\":\"Healthy\"")
    private static let anyPhase = BytePattern("\"phase\":")
    private static let observed = BytePattern("\"observedGeneration\":\"")
    private static let generation = BytePattern("\"generation\":")
    private static let updated = BytePattern("\"updatedReplicas\":")
    private static let replicas = BytePattern("\"replicas\":")

    /// Whether the Rollout certainly needs neither evidence nor a row: Healthy, generation observed, and as many
    /// updated replicas as wanted. False is inconclusive.
    ///
    /// Each field is searched by its quoted name anywhere, and must have the same value everywhere, because a label may
    /// be called `phase` too. Inside a string the quotes would be escaped.
    package static func isPlainlyWell(_ json: [UInt8]) -> Bool {
        guard let phase = healthyPhase.firstPlace(in: json), anyPhase.firstPlace(in: json) == phase,
            anyPhase.firstPlace(in: json, from: phase + 1) == nil,
            let wanted = generation.onlyNumber(in: json), observed.onlyNumber(in: json)?.value == wanted.value,
            let ready = updated.onlyNumber(in: json), let counts = replicas.onlyNumber(in: json)
        else { return false }
        // A single `replicas` is that of the status: `spec.replicas` is then absent, which means 1.
        return counts.value == ready.value && (counts.places > 1 || counts.value == 1)
    }
}

/// A byte pattern searched with Horspool's algorithm: compares the last byte first, and skips ahead by the byte found.
package struct BytePattern: Sendable {
    let bytes: [UInt8]
    private let leaps: [Int]

    package init(_ text: String) {
        bytes = Array(text.utf8)
        var leaps = [Int](repeating: bytes.count, count: 256)
        for (place, byte) in bytes.dropLast().enumerated() { leaps[Int(byte)] = bytes.count - 1 - place }
        self.leaps = leaps
    }

    /// Returns the integer after the pattern if it is the same at every occurrence; otherwise, or without occurrence,
    /// nil.
    func onlyNumber(in text: [UInt8]) -> (value: Int64, places: Int)? {
        var found: (value: Int64, places: Int)?
        var start = 0
        while let place = firstPlace(in: text, from: start) {
            start = place + bytes.count
            guard let value = Self.number(in: text, from: start), found.map({ $0.value == value }) ?? true else {
                return nil
            }
            found = (value, (found?.places ?? 0) + 1)
        }
        return found
    }

    /// Parses digits that are followed by an end of value as API servers write it.
    private static func number(in text: [UInt8], from start: Int) -> Int64? {
        var place = start
        var value: Int64 = 0
        while place < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) {
            if place - start == 9 { return nil }
            value = value * 10 + Int64(text[place] - UInt8(ascii: "0"))
            place += 1
        }
        guard place > start, place < text.count,
            [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "\"")].contains(text[place])
        else { return nil }
        return value
    }

    /// Returns where the pattern begins at or after `start`; nil if it does not occur.
    package func firstPlace(in text: [UInt8], from start: Int = 0) -> Int? {
        let last = bytes.count - 1
        var end = start + last
        while end < text.count {
            if text[end] == bytes[last], text[(end - last)...end].elementsEqual(bytes) { return end - last }
            end += leaps[Int(text[end])]
        }
        return nil
    }
}

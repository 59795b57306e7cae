import Formats

extension Target {
    /// Any text as a time: all parsers that accept it agree, and the formatted time parses to itself.
    static let timestamps = Target(name: "time") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let moment = Timestamp(rfc3339: text)
        if let other = Timestamp(goTime: text)?.secondsSince1970, let moment {
            let same = planted(other, as: other + 1, where: text.contains(":1"))
            precondition(moment.secondsSince1970 == same, "two readers, two moments")
        }
        if let moment, (-62_167_219_200...253_402_300_799).contains(moment.secondsSince1970) {
            precondition(Timestamp(rfc3339: moment.rfc3339) == moment, "written as another moment")
        }
        if let seconds = HTTPDate.seconds(text) {
            precondition(Timestamp(secondsSince1970: seconds).rfc3339.hasSuffix("Z"))
        }
        guard let first = number(bytes), let second = number(Array(bytes.dropFirst(8))) else { return }
        let (early, late) = (min(first, second), max(first, second))
        let difference = (Timestamp(secondsSince1970: late) - Timestamp(secondsSince1970: early)).components.seconds
        precondition(difference >= 0, "the later moment is earlier")
        _ = (Timestamp(secondsSince1970: first) + .seconds(second), Timestamp(secondsSince1970: first).rfc3339)
    }
}

private func number(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count >= 8 else { return nil }
    return Int64(bitPattern: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
}

/// Cuts what an HTTP/2 server sends on one connection into frames (RFC 9113), and can hold the data of the streams that
/// are open.
///
/// An etcd behind it answers new requests, but what it watches for others does not arrive. Only DATA is held: the
/// compression of headers depends on their order, and a PING must be answered.
struct StreamHolder {
    private static let headLength = 9
    private static let data: UInt8 = 0

    private var unfinished: [UInt8] = []
    private var held: [UInt8] = []
    private var latestStream = 0
    /// The last of the streams whose data is held; nil if none is.
    private var lastHeld: Int?

    /// Begins or ends to hold; returns what is due now.
    mutating func setHolding(_ isHolding: Bool) -> [UInt8] {
        if isHolding {
            if lastHeld == nil { lastHeld = latestStream }
            return []
        }
        lastHeld = nil
        defer { held = [] }
        return held
    }

    /// Takes what has arrived; returns what passes: whole frames.
    mutating func pass(_ bytes: [UInt8]) -> [UInt8] {
        unfinished += bytes
        var passed: [UInt8] = []
        var place = 0
        while let frame = frame(at: place) {
            latestStream = max(latestStream, frame.stream)
            if frame.type == Self.data, let lastHeld, frame.stream <= lastHeld {
                held += unfinished[place..<frame.end]
            } else {
                passed += unfinished[place..<frame.end]
            }
            place = frame.end
        }
        unfinished.removeFirst(place)
        return passed
    }

    private func frame(at place: Int) -> (type: UInt8, stream: Int, end: Int)? {
        guard unfinished.count >= place + Self.headLength else { return nil }
        func number(_ range: Range<Int>) -> Int {
            unfinished[(place + range.lowerBound)..<(place + range.upperBound)].reduce(0) { $0 << 8 | Int($1) }
        }
        let end = place + Self.headLength + number(0..<3)
        // The highest bit of a stream's number is reserved.
        return unfinished.count < end ? nil : (unfinished[place + 3], number(5..<9) & 0x7fff_ffff, end)
    }
}

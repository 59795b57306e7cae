/// Splits a stream of JSON into objects as it arrives: a list into its items, any other object as a whole.
///
/// Accepts concatenated values, chunks cut at any byte, and whitespace anywhere. Checks only the structure it needs;
/// decoding an object reveals faults inside it. Memory use is bounded by the largest object.
package struct JSONSplitter: Sendable {
    package enum Object: Sendable, Equatable {
        case item([UInt8])
        /// An object without `items`.
        case single([UInt8])
        /// The end of a list, with its `metadata`; `{}` if it had none.
        case endOfList(metadata: [UInt8])
    }

    package enum Failure: Error, Sendable, Equatable {
        case notAnObject
        case malformed(what: String)
        case tooLarge(limit: Int)
        case tooDeep(limit: Int)
    }

    /// The limit for one object, in bytes; etcd stores 1.5 MiB by default.
    package static let largestObject = 16 << 20
    /// The limit for nesting; the API server's own is 10,000, and real objects reach about 30.
    package static let deepest = 1000

    private var ready: [Object] = []
    private var scanner = Scanner()

    package init() {}

    /// Scans the next chunk and returns the objects that it completes.
    ///
    /// - Throws: ``Failure``; ``takeCompleted()`` then returns the objects before the fault.
    package mutating func feed(_ bytes: [UInt8]) throws(Failure) -> [Object] {
        try scanner.scan(bytes, into: &ready)
        return takeCompleted()
    }

    /// Returns the complete objects that precede the fault after ``feed(_:)`` has thrown.
    package mutating func takeCompleted() -> [Object] {
        defer { ready.removeAll(keepingCapacity: true) }
        return ready
    }

    /// The `metadata` of the current list once it has arrived, which may be before or after the items.
    package var metadata: [UInt8]? { scanner.metadata.isEmpty ? nil : scanner.metadata }

    /// Marks the end of the stream.
    ///
    /// - Throws: ``Failure/malformed(what:)`` if the stream ended inside a value.
    package func finish() throws(Failure) {
        if scanner.depth > 0 { throw .malformed(what: "it ends in the middle") }
    }
}

/// The scanner's state between two bytes.
private struct Scanner {
    /// The number of open brackets: 1 inside the root object, 3 inside an item of its list.
    private(set) var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The key of the root object whose value is being read.
    private var key: [UInt8] = []
    private var isReadingKey = false
    private var expectsKey = false
    private var isInItems = false
    private var hasItems = false
    /// The bytes of the item or metadata being collected; nil outside them.
    private var kept: [UInt8]?
    private(set) var metadata: [UInt8] = []
    /// A copy of the root object up to `items`: without that key, the root itself is the object.
    private var root: [UInt8]? = []

    private static let noObject = JSONSplitter.Failure.malformed(what: "one of its items is not an object")
    private static let itemsKey = Array("items".utf8)
    private static let metadataKey = Array("metadata".utf8)

    mutating func scan(
        _ bytes: [UInt8], into objects: inout [JSONSplitter.Object]
    ) throws(JSONSplitter.Failure) {
        var start = 0
        var index = 0
        var nextLeap = 0
        while index < bytes.count {
            if index >= nextLeap, kept != nil, depth > 2 {
                index = leap(over: bytes, from: index)
                nextLeap = index + JSONBlock.size
                if index == bytes.count { break }
            }
            let byte = bytes[index]
            index += 1
            if isInString {
                try scanStringByte(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                if depth == 0 { throw .notAnObject }
                if isBetweenItems { throw Self.noObject }
                isInString = true
                isReadingKey = depth == 1 && expectsKey
                if isReadingKey { key.removeAll(keepingCapacity: true) }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0 {
                    guard byte == UInt8(ascii: "{") else { throw .notAnObject }
                    beginRoot()
                    start = index - 1
                }
                try open(byte, at: index - 1, start: &start, bytes)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                try close(at: index, start: &start, bytes, into: &objects)
            case UInt8(ascii: ","):
                if depth == 1 { expectsKey = true }
            case UInt8(ascii: ":"):
                if depth == 1 { expectsKey = false }
            case 0x20, 0x0A, 0x0D, 0x09: break
            default:
                if depth == 0 { throw .notAnObject }
                if isBetweenItems { throw Self.noObject }
            }
        }
        if depth > 0 { try keep(bytes[start...]) }
    }

    /// Whether the position is in the items array but in no item.
    private var isBetweenItems: Bool { depth == 2 && isInItems }

    /// Skips the blocks in which the collected object cannot end; returns the offset to continue at.
    private mutating func leap(over bytes: [UInt8], from start: Int) -> Int {
        unsafe bytes.withUnsafeBytes { bytes in
            var index = start
            while bytes.count - index >= JSONBlock.size {
                let state = JSONBlock.State(isInString: isInString, isEscaped: isEscaped)
                guard let block = unsafe JSONBlock(bytes, at: index, state), depth - block.closing > 2,
                    depth + block.opening <= JSONSplitter.deepest
                else { break }
                depth += block.opening - block.closing
                isInString = block.after.isInString
                isEscaped = block.after.isEscaped
                index += JSONBlock.size
            }
            return index
        }
    }

    private mutating func scanStringByte(_ byte: UInt8) throws(JSONSplitter.Failure) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            if isReadingKey { key = JSONMember.unescaped(key[...]) }
            isReadingKey = false
            return
        }
        if isReadingKey, key.count < 64 { key.append(byte) }
    }

    private mutating func beginRoot() {
        key.removeAll(keepingCapacity: true)
        metadata.removeAll(keepingCapacity: true)
        root = []
        expectsKey = true
        isInItems = false
        hasItems = false
    }

    /// Handles an opening bracket at `position`.
    private mutating func open(
        _ byte: UInt8, at position: Int, start: inout Int, _ bytes: [UInt8]
    ) throws(JSONSplitter.Failure) {
        depth += 1
        if depth > JSONSplitter.deepest { throw .tooDeep(limit: JSONSplitter.deepest) }
        if depth == 2 {
            if byte == UInt8(ascii: "["), key == Self.itemsKey {
                isInItems = true
                hasItems = true
                root = nil
            } else if byte == UInt8(ascii: "{"), key == Self.metadataKey {
                try keepRoot(bytes[start..<position])
                kept = []
                start = position
            }
        } else if depth == 3, isInItems {
            guard byte == UInt8(ascii: "{") else { throw Self.noObject }
            kept = []
            start = position
        }
    }

    /// Handles a closing bracket just before `end`.
    private mutating func close(
        at end: Int, start: inout Int, _ bytes: [UInt8], into objects: inout [JSONSplitter.Object]
    ) throws(JSONSplitter.Failure) {
        guard depth > 0 else { throw .malformed(what: "a bracket closes that none opened") }
        depth -= 1
        switch depth {
        case 2 where isInItems:
            if let object = try takeKept(bytes[start..<end]) { objects.append(.item(object)) }
            start = end
        case 1:
            isInItems = false
            if let object = try takeKept(bytes[start..<end]) {
                metadata = object
                if root != nil { root?.append(contentsOf: object) }
                start = end
            } else if root == nil {
                start = end
            }
        case 0:
            try keep(bytes[start..<end])
            if let root, !hasItems {
                objects.append(.single(root))
            } else {
                objects.append(.endOfList(metadata: metadata.isEmpty ? Array("{}".utf8) : metadata))
            }
            root = []
            start = end
        default: break
        }
    }

    private mutating func takeKept(_ rest: ArraySlice<UInt8>) throws(JSONSplitter.Failure) -> [UInt8]? {
        guard kept != nil else { return nil }
        try keep(rest)
        defer { kept = nil }
        return kept
    }

    /// Appends the bytes since the last cut to the collected object, or to the root.
    private mutating func keep(_ bytes: ArraySlice<UInt8>) throws(JSONSplitter.Failure) {
        guard kept != nil else { return try keepRoot(bytes) }
        kept?.append(contentsOf: bytes)
        if let count = kept?.count, count > JSONSplitter.largestObject {
            throw .tooLarge(limit: JSONSplitter.largestObject)
        }
    }

    private mutating func keepRoot(_ bytes: ArraySlice<UInt8>) throws(JSONSplitter.Failure) {
        guard root != nil else { return }
        root?.append(contentsOf: bytes)
        if let count = root?.count, count > JSONSplitter.largestObject {
            throw .tooLarge(limit: JSONSplitter.largestObject)
        }
    }
}

/// Cuts a stream of JSON into objects as it arrives: the items of a list one by one, any other object whole.
///
/// Accepts values one after the other, pieces cut anywhere, and whitespace anywhere. It checks structure only as far as
/// it has to: who decodes an object finds what is wrong inside it. Memory is bounded by the largest single object.
package struct JSONSplitter: Sendable {
    package enum Object: Sendable, Equatable {
        case item([UInt8])
        /// An object that has no `items`, whole.
        case single([UInt8])
        /// The end of a list: its `metadata`, `{}` when it had none.
        case endOfList(metadata: [UInt8])
    }

    package enum Failure: Error, Sendable, Equatable {
        case notAnObject
        case malformed(what: String)
        case tooLarge(limit: Int)
        case tooDeep(limit: Int)
    }

    /// Past any object that etcd stores (1.5 MiB by default).
    package static let largestObject = 16 << 20
    /// Deeper nesting is refused; the API server itself stops at 10,000, real objects at about 30.
    package static let deepest = 1000

    private var ready: [Object] = []
    private var scanner = Scanner()

    package init() {}

    /// Takes the next piece and gives the objects that it completed.
    package mutating func feed(_ bytes: [UInt8]) throws(Failure) -> [Object] {
        try scanner.scan(bytes, into: &ready)
        return takeCompleted()
    }

    /// After ``feed(_:)`` has thrown: the objects that were complete before the fault.
    package mutating func takeCompleted() -> [Object] {
        defer { ready.removeAll(keepingCapacity: true) }
        return ready
    }

    /// The `metadata` of the list under way, once it has come: before its items, or after them.
    package var metadata: [UInt8]? { scanner.metadata.isEmpty ? nil : scanner.metadata }

    /// Says that no more will come; throws when the stream ended inside a value.
    package func finish() throws(Failure) {
        if scanner.depth > 0 { throw .malformed(what: "it ends in the middle") }
    }
}

/// The state between two bytes.
private struct Scanner {
    /// Open brackets; the root object is at 1, an item of its list is inside at 3.
    private(set) var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The root's key whose value is being read.
    private var key: [UInt8] = []
    private var isReadingKey = false
    private var expectsKey = false
    private var isInItems = false
    private var hasItems = false
    /// The object being kept; nil when what passes is not wanted.
    private var kept: [UInt8]?
    private(set) var metadata: [UInt8] = []
    /// Copy of the root up to where `items` begins: if that never comes, the root is the object.
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

    /// Inside of the items' array, and of none of them.
    private var isBetweenItems: Bool { depth == 2 && isInItems }

    /// Passes over the blocks in which the object being kept cannot end; gives where to go on.
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

    /// A bracket opens at `position`.
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

    /// A bracket closes just before `end`.
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

    /// Adds what was passed over since the last cut to where it belongs.
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

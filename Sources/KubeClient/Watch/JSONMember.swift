internal import FoundationEssentials

/// Finds one member of a JSON object without decoding the rest.
enum JSONMember {
    /// Returns the raw value of the first member `key` of `object`, or nil.
    ///
    /// - Parameters:
    ///   - key: ASCII.
    ///   - object: a whole JSON object from a ``JSONSplitter``.
    static func value(of key: String, in object: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let wanted = Array(key.utf8)[...]
        var depth = 0
        var index = object.startIndex
        var expectsKey = false
        while index < object.endIndex {
            switch object[index] {
            case UInt8(ascii: "\""):
                let end = endOfString(from: index, in: object)
                if depth == 1, expectsKey {
                    expectsKey = false
                    let key = object[(index + 1)..<max(index + 1, end - 1)]
                    if unescaped(key)[...] == wanted { return value(after: end, in: object) }
                }
                index = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 1 { expectsKey = true }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","):
                if depth == 1 { expectsKey = true }
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Returns the value if it is a string without escapes, or nil.
    static func string(_ key: String, in object: ArraySlice<UInt8>) -> String? {
        guard let value = value(of: key, in: object), value.count >= 2, value.first == UInt8(ascii: "\""),
            !value.contains(UInt8(ascii: "\\"))
        else { return nil }
        return String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
    }

    /// Unescapes a key given without its quotes; returns it unchanged if its escapes are invalid.
    static func unescaped(_ key: ArraySlice<UInt8>) -> [UInt8] {
        guard key.contains(UInt8(ascii: "\\")),
            let text = try? JSONDecoder().decode(String.self, from: Data([0x22] + key + [0x22]))
        else { return Array(key) }
        return Array(text.utf8)
    }

    /// Returns the value of the key that ends before `index`.
    private static func value(after index: Int, in object: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let colon = object[index...].firstIndex(of: UInt8(ascii: ":")),
            let start = object[(colon + 1)...].firstIndex(where: { !$0.isJSONSpace })
        else { return nil }
        return object[start..<end(ofValueAt: start, in: object)]
    }

    private static func end(ofValueAt start: Int, in object: ArraySlice<UInt8>) -> Int {
        if object[start] == UInt8(ascii: "\"") { return endOfString(from: start, in: object) }
        var depth = 0
        var index = start
        while index < object.endIndex {
            switch object[index] {
            case UInt8(ascii: "\""):
                index = endOfString(from: index, in: object)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
                if depth == 0 { return index + 1 }
            case UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09:
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return object.endIndex
    }

    /// Returns the index after the closing quote of the string that opens at `start`.
    private static func endOfString(from start: Int, in object: ArraySlice<UInt8>) -> Int {
        var index = start + 1
        while index < object.endIndex {
            switch object[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return object.endIndex
    }
}

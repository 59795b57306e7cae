import Testing

@testable import KubeClient

/// Skipping blocks of 64 bytes gives the same result as scanning each byte, which chunks of one byte enforce.
@Suite struct JSONLeapTests {
    @Test(arguments: 0..<200)
    func listsOfAnything(seed: UInt64) throws {
        var random = RandomJSON(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        let items = (0..<random.below(6)).map { _ in "{" + random.members(depth: 0) + "}" }
        let list = "{\"kind\":\"List\",\"items\":[" + items.joined(separator: ",") + "],\"metadata\":{\"a\":\"]}\"}}"
        let bytes = Array(list.utf8)
        let expected = items.map { JSONSplitter.Object.item(Array($0.utf8)) }
        for size in [bytes.count, 1, 63, 64, 65, 100, 128, 777] {
            var splitter = JSONSplitter()
            var found: [JSONSplitter.Object] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += try splitter.feed(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            try splitter.finish()
            #expect(found.dropLast() == expected[...], "pieces of \(size)")
            #expect(found.last == .endOfList(metadata: Array("{\"a\":\"]}\"}".utf8)))
        }
    }

    /// Everything that can cross a block border, at every offset near it.
    @Test(arguments: ["\\\\", "\\\"", "\\\\\\\"", "\\\\\\\\", "]}", "{[", "\\u005c", "é", "\\n\\\"", "\""])
    func bordersOfBlocks(text: String) throws {
        for padding in 0..<150 {
            let filler = String(repeating: "x", count: padding)
            let inside = text == "\"" ? "\",\"b\":\"" : text
            let item = "{\"a\":\"\(filler)\(inside)\",\"c\":[{}],\"d\":\"\(String(repeating: "}", count: 130))\"}"
            var splitter = JSONSplitter()
            let found = try splitter.feed(Array("{\"items\":[\(item),\(item)]}".utf8))
            let expected = JSONSplitter.Object.item(Array(item.utf8))
            #expect(found == [expected, expected, .endOfList(metadata: Array("{}".utf8))], "\(padding)")
        }
    }

    @Test func nestingHasItsBoundInBlocksToo() {
        let deep = String(repeating: "[", count: JSONSplitter.deepest)
        var splitter = JSONSplitter()
        #expect(throws: JSONSplitter.Failure.tooDeep(limit: JSONSplitter.deepest)) {
            _ = try splitter.feed(Array("{\"items\":[{\"a\":\(deep)".utf8))
        }
    }
}

/// Random valid JSON with many bytes that could confuse a scanner.
private struct RandomJSON {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func members(depth: Int) -> String {
        (0..<below(5)).map { number in "\"k\(number)\(string())\":\(value(depth: depth + 1))" }.joined(separator: ",")
    }

    mutating func value(depth: Int) -> String {
        switch below(depth > 6 ? 4 : 6) {
        case 0: return "null"
        case 1: return "-1.5e\(below(30))"
        case 2, 3: return "\"\(string())\""
        case 4: return "[ " + (0..<below(4)).map { _ in value(depth: depth + 1) }.joined(separator: " , ") + "]"
        default: return "{\n" + members(depth: depth) + " }"
        }
    }

    mutating func string() -> String {
        let parts = [
            "a", "\\\\", "\\\"", "{", "}", "[", "]", "\\u005d", "ü", ":", ",", "long text without anything ", " ",
        ]
        return (0..<below(12)).map { _ in parts[below(parts.count)] }.joined()
    }
}

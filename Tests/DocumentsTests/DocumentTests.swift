import Testing
import Documents

struct DocumentTests {
    @Test(arguments: [
        ("", "null"), (" \n\n", "null"), ("# only a comment\n", "null"), ("null", "null"), ("---", "null"),
        ("---\n...", "null"),
        ("a: 1\n---\nb: 2", #"{"a":1}"#), ("a: 1\n---\n\tbroken: [", #"{"a":1}"#), ("a: 1\n...\n}{", #"{"a":1}"#),
        ("---\na: 1\n--- !!int x", #"{"a":1}"#), ("%YAML 1.1\n---\na: 1", #"{"a":1}"#), ("\u{FEFF}a: 1", #"{"a":1}"#),
        ("a: 1\r\nb:\r\n- c\r\n", #"{"a":1,"b":["c"]}"#), ("a: 1\rb: 2\r", #"{"a":1,"b":2}"#),
        ("a:\n- b\n-\n- - c\n  - d\n", #"{"a":["b",null,["c","d"]]}"#),
        ("{a: 1, b: [x, {c: d}]}", #"{"a":1,"b":["x",{"c":"d"}]}"#),
        ("- null\n- {}\n- []", "[null,{},[]]"), ("just text", #""just text""#), ("a: b # c", #"{"a":"b"}"#),
        ("a: 1\na: 2\nb: 3\na: 4", #"{"a":4,"b":3}"#), (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#),
        ("1: a\n'1': b", #"{"1":"b"}"#),
        ("{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t]\n}\n", #"{"a":[1,2]}"#), (#"{"a":[1,2,],}"#, #"{"a":[1,2]}"#),
        (#"{"a":{"b":"c:d"},"e":-1.5e3}"#, #"{"a":{"b":"c:d"},"e":-1500}"#),
        (#"{"a":"\ud83d\uDE00 \\ud83d","b":"\u00e9"}"#, #"{"a":"😀 \\ud83d","b":"é"}"#),
        (#"[ "\uD800\uDC00", "\uDBFF\uDFFF" ]"#, "[\"\u{10000}\",\"\u{10FFFF}\"]"),
    ])
    func firstDocument(text: String, json: String) throws {
        #expect(try read(text) == json)
    }

    @Test(
        arguments: [
            ("", []), ("a: 1", [#"{"a":1}"#]), ("a: 1\n---\nb: 2\n---\n", [#"{"a":1}"#, #"{"b":2}"#, "null"]),
            ("---\n---\n- 1\n...\n---\nx\n", ["null", "[1]", #""x""#]), ("--- {}\n# c\n--- []", ["{}", "[]"]),
            ("a: &x 1\nb: *x\n---\n&x 2", [#"{"a":1,"b":1}"#, "2"]),
        ] as [(String, [String])])
    func allDocuments(text: String, json: [String]) throws {
        #expect(try documents(text) == json)
    }

    @Test func readerEndsAfterAnError() throws {
        var reader = YAMLReader(Array("a: 1\n---\n- *nowhere\n---\nb: 2".utf8))
        #expect(try reader.next()?["a"]?.integer == 1)
        #expect(throws: YAMLError(.unknownAnchor, at: .init(line: 3, column: 3))) { () throws in
            _ = try reader.next()
        }
        #expect(try reader.next() == nil)
    }

    @Test func utf16() throws {
        let text = "a: [é, 😀]\n"
        let little = [0xFF, 0xFE] + text.utf16.flatMap { (unit) -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let big = [0xFE, 0xFF] + text.utf16.flatMap { (unit) -> [UInt8] in [UInt8(unit >> 8), UInt8(unit & 0xFF)] }
        #expect(try YAMLNode.firstDocument(in: little).json(pretty: false) == #"{"a":["é","😀"]}"#)
        #expect(try YAMLNode.firstDocument(in: big).json(pretty: false) == #"{"a":["é","😀"]}"#)
    }

    @Test func positionsCountCharactersFromOne() throws {
        let root = try YAMLNode.firstDocument(in: Array("a:\n  é: x\n  b: [1, {c: d}]\n".utf8))
        #expect(root.position == .init(line: 1, column: 1))
        #expect(root["a"]?["é"]?.position == .init(line: 2, column: 6))
        #expect(root["a"]?["b"]?.items?[1]["c"]?.position == .init(line: 3, column: 14))
    }

    @Test func manyKeysStayUniqueAndInOrder() throws {
        let lines = (0..<100).map { "k\($0): \($0)" } + (0..<100).map { "k\($0): again" }
        let pairs = try #require(try YAMLNode.firstDocument(in: Array(lines.joined(separator: "\n").utf8)).pairs)
        #expect(pairs.map(\.key) == (0..<100).map { "k\($0)" })
        #expect(pairs.allSatisfy { $0.value.string == "again" })
    }

    @Test(arguments: [
        ("a: 1\nb:\n\tc: 2", "3:1: found character that cannot start any token"),
        ("a: [1, 2", "2:1: did not find expected ',' or ']'"),
        ("a: b: c", "1:5: mapping values are not allowed in this context"),
        ("a: 'x", "1:6: found unexpected end of stream"), ("a: @x", "1:4: found character that cannot start any token"),
        ("a: x\u{0}", "1:5: control characters are not allowed"),
        ("é: x\n日: \u{7}", "2:4: control characters are not allowed"),
        ("%YAML 1.2\n---\na: 1", "1:1: found incompatible YAML document"),
        ("%YAML 2.0\n---\na", "1:1: found incompatible YAML document"),
        (#"{"a":"\ud83d"}"#, "1:9: found invalid Unicode character escape code"),
        ("a: *b", "1:4: unknown anchor referenced"), ("a: &b [*b]", "1:8: anchor value contains itself"),
        ("a: &b 1\nc: &b {d: *b}", "2:11: anchor value contains itself"),
        ("a: 1\n b: 2", "2:3: mapping values are not allowed in this context"),
    ])
    func syntaxErrors(text: String, message: String) {
        #expect(refusal(text) == message)
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xFF], "1:4: invalid leading UTF-8 octet"),
            ([0xC3, 0x28], "1:2: invalid trailing UTF-8 octet"),
            ([0x61, 0x0A, 0xC3], "2:1: incomplete UTF-8 octet sequence"),
            ([0xFF, 0xFE, 0x61], "1:3: incomplete UTF-16 character"),
        ] as [([UInt8], String)])
    func badEncodings(bytes: [UInt8], message: String) {
        #expect(refusal(bytes) == message)
    }
}

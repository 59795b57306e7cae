import Testing

@testable import KubeClient

private let list = #"""
    {"kind":"RolloutList","metadata":{"resourceVersion":"7","continue":"x}"},
     "items":[{"a":"}]\"","b":[{"c":1}]}, {"é":"\\"} ,{}]} 
    """#

private func split(_ pieces: [[UInt8]]) throws -> [String] {
    var splitter = JSONSplitter()
    var objects: [JSONSplitter.Object] = []
    for piece in pieces { objects += try splitter.feed(piece) }
    try splitter.finish()
    return objects.map { object in
        switch object {
        case .item(let bytes): "item " + String(decoding: bytes, as: UTF8.self)
        case .single(let bytes): "single " + String(decoding: bytes, as: UTF8.self)
        case .endOfList(let metadata): "end " + String(decoding: metadata, as: UTF8.self)
        }
    }
}

@Suite struct JSONSplitterTests {
    private let expected = [
        #"item {"a":"}]\"","b":[{"c":1}]}"#, #"item {"é":"\\"}"#, "item {}",
        #"end {"resourceVersion":"7","continue":"x}"}"#,
    ]

    @Test func aListIsTheSameWhereverItIsCut() throws {
        let bytes = Array(list.utf8)
        for cut in 0...bytes.count {
            #expect(try split([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
        #expect(try split(bytes.map { [$0] }) == expected)
    }

    @Test(arguments: [
        (#"{"items":[{"a":1}],"metadata":{"continue":"t"}}"#, [#"item {"a":1}"#, #"end {"continue":"t"}"#]),
        (#"{"items":[]}"#, ["end {}"]),
        (#"{"items":null,"kind":"List"}"#, [#"single {"items":null,"kind":"List"}"#]),
        (
            #"{"spec":{"items":[{"a":1}]},"metadata":{"name":"x"}}"#,
            [
                #"single {"spec":{"items":[{"a":1}]},"metadata":{"name":"x"}}"#
            ]
        ),
        (
            #"{"a":1}{"items":[{"b":{}}]} {"c":{}}"#,
            [#"single {"a":1}"#, #"item {"b":{}}"#, "end {}", #"single {"c":{}}"#]
        ),
        (#"{"a":"items","items":[{"x":"items"}]}"#, [#"item {"x":"items"}"#, "end {}"]),
        ("  \n ", []),
    ])
    func otherShapes(text: String, objects: [String]) throws {
        let bytes = Array(text.utf8)
        #expect(try split([bytes]) == objects)
        for cut in 0...bytes.count { #expect(try split([Array(bytes[..<cut]), Array(bytes[cut...])]) == objects) }
    }

    @Test(arguments: ["<html>", "[{}]", "null", "\"x\"", "{}]", "1"])
    func whatIsNoObjectIsRefused(_ text: String) {
        #expect(throws: JSONSplitter.Failure.self) { try split([Array(text.utf8)]) }
    }

    @Test func aTruncatedListIsRefused() {
        let bytes = Array(list.utf8)
        let end = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        for cut in 1..<end {
            #expect(throws: JSONSplitter.Failure.malformed(what: "it ends in the middle")) {
                try split([Array(bytes[..<cut])])
            }
        }
    }

    @Test func depthAndSizeHaveBounds() {
        let deep = #"{"items":[{"a":"# + String(repeating: "[", count: 2000)
        #expect(throws: JSONSplitter.Failure.tooDeep(limit: JSONSplitter.deepest)) { try split([Array(deep.utf8)]) }
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        #expect(throws: JSONSplitter.Failure.tooLarge(limit: JSONSplitter.largestObject)) {
            try split([Array(#"{"items":[{"a":""#.utf8)] + Array(repeating: piece, count: 17))
        }
    }
}

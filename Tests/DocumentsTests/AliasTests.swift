import Testing
import Documents

struct AliasTests {
    @Test(arguments: [
        ("a: &x {b: 1}\nc: *x", #"{"a":{"b":1},"c":{"b":1}}"#), ("- &x 12\n- *x\n- &x w\n- *x", #"[12,12,"w","w"]"#),
        ("a: &k name\n*k : 1", #"{"a":"name","name":1}"#), ("&k a: *k", #"{"a":"a"}"#),
        ("b: &b {x: 1, w: 2}\nc: {<<: *b, w: 3}", #"{"b":{"x":1,"w":2},"c":{"x":1,"w":3}}"#),
        // In kubectl, a merge that comes later wins.
        ("b: &b {x: 1, w: 2}\nc: {w: 3, <<: *b}", #"{"b":{"x":1,"w":2},"c":{"w":2,"x":1}}"#),
        ("- &a {x: 1}\n- &b {x: 2, w: 2}\n- {<<: [*a, *b]}", #"[{"x":1},{"x":2,"w":2},{"x":1,"w":2}]"#),
        ("- &a {x: 1}\n- &b {x: 2, w: 2}\n- {<<: *a, <<: *b}", #"[{"x":1},{"x":2,"w":2},{"x":2,"w":2}]"#),
        ("<<: {a: 1}\nb: 2", #"{"a":1,"b":2}"#), ("!!merge <<: {a: 1}", #"{"a":1}"#), ("<<: []", "{}"),
        ("'<<': {a: 1}", #"{"<<":{"a":1}}"#), ("a: <<", #"{"a":"<<"}"#),
        ("a: &a {<<: {x: 1}}\nb: {<<: *a, z: 2}", #"{"a":{"x":1},"b":{"x":1,"z":2}}"#),
        ("a: &a {k: {x: 1}}\nb: {<<: *a, k: {w: 2}}", #"{"a":{"k":{"x":1}},"b":{"k":{"w":2}}}"#),
    ])
    func expanded(text: String, json: String) throws {
        #expect(try read(text) == json)
    }

    @Test(arguments: [
        ("<<: 1", "1:5: map merge requires map or sequence of maps as the value"),
        ("a: &a [1]\nb: {<<: *a}", "1:4: map merge requires map or sequence of maps as the value"),
        ("b:\n  <<: [{a: 1}, x]", "2:7: map merge requires map or sequence of maps as the value"),
        ("<<:", "1:4: map merge requires map or sequence of maps as the value"),
    ])
    func badMerges(text: String, message: String) {
        #expect(refusal(text) == message)
    }

    @Test func billionLaughs() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1..<60 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
        }
        #expect(refusal(text)?.hasSuffix("document contains excessive aliasing") == true)
    }

    @Test func mergedBomb() {
        var text = "a0: &a0 {k: v}\n"
        for level in 1..<60 {
            text += "a\(level): &a\(level)\n"
            for name in 0..<9 { text += "  k\(name): {<<: *a\(level - 1)}\n" }
        }
        #expect(refusal(text)?.hasSuffix("document contains excessive aliasing") == true)
    }

    @Test func manyHonestAliasesAreFine() throws {
        let text = "b: &b {x: 1}\nall:\n" + String(repeating: "- *b\n- own\n", count: 5000)
        let all = try YAMLNode.firstDocument(in: Array(text.utf8))["all"]?.items
        #expect(all?.count == 10_000)
    }

    @Test func aliasesCannotPileUpDepth() {
        // Each line is one level deeper than the last; the padding keeps the share of aliases within the limit.
        var text = "pad: [\(String(repeating: "x, ", count: 390_000))x]\na0: &a0 [x]\n"
        for level in 1...1000 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(refusal(text)?.hasSuffix("exceeded max depth of 1000") == true)
    }

    @Test(arguments: ["[", "{a: ", "- ", "{\"a\":["])
    func depthIsBounded(_ opening: String) {
        let start = ContinuousClock.now
        let text = String(repeating: opening, count: 20_000)
        #expect(refusal(text)?.hasSuffix("exceeded max depth of 1000") == true)
        #expect(start.duration(to: .now) < .seconds(2))
    }

    @Test func deepestAllowed() throws {
        let text = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
        #expect(try read(text) == text)
        let node = try YAMLNode.firstDocument(in: Array(text.utf8))
        #expect(try YAMLNode.firstDocument(in: Array(node.yaml().utf8)).json(pretty: false) == text)
    }
}

import Testing

@testable import KubeClient

@Suite struct WarningHeaderTests {
    @Test(arguments: [
        (#"299 - "old""#, ["old"]), (#"299 - "old", 299 - "older""#, ["old", "older"]),
        (#"299 k8s.test "use \"new\" \\ now" "Sun, 06 Nov 1994 08:49:37 GMT""#, [#"use "new" \ now"#]),
        (#"199 - "misc", 299 - "kept""#, ["kept"]), (#"299 - """#, []), ("old", []), (#"299 - "open"#, []), ("", []),
        (#"29 - "short""#, []), (#"299 "agent""#, []), (#"299 - "a" junk, 299 - "b""#, ["a"]),
    ])
    func textsWithCode299(header: String, texts: [String]) {
        #expect(WarningHeader.texts(in: header) == texts)
    }
}

import Testing

@testable import Commands

@Suite struct KeyParserTests {
    private func keys(_ pieces: [UInt8]...) -> [Key] {
        var parser = KeyParser()
        return pieces.flatMap { parser.keys(in: $0) }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: [
        ("\u{1B}[A", Key.up), ("\u{1B}OA", .up), ("\u{1B}[B", .down), ("\u{1B}OB", .down), ("\u{1B}[1;5A", .up),
        ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown), ("\u{1B}[6;2~", .pageDown), ("\u{1B}[H", .home),
        ("\u{1B}[1~", .home), ("\u{1B}[7~", .home), ("\u{1B}OH", .home), ("\u{1B}[F", .end), ("\u{1B}[4~", .end),
        ("\u{1B}[8~", .end), ("\r", .enter), ("\n", .enter), ("\u{1B}OM", .enter), ("\u{7F}", .backspace),
        ("\u{8}", .backspace), ("\u{10}", .up), ("\u{E}", .down), ("\u{6}", .pageDown), ("\u{2}", .pageUp),
        ("q", .character("q")), ("ü", .character("ü")), ("汉", .character("汉")), ("🚀", .character("🚀")),
    ])
    func oneKey(text: String, key: Key) {
        #expect(keys(Self.bytes(text)) == [key])
        // The same sequence in two pieces, split at any byte, and with other keys after it.
        for cut in 1..<max(2, text.utf8.count) where cut < text.utf8.count {
            #expect(keys(Array(text.utf8.prefix(cut)), Array(text.utf8.dropFirst(cut))) == [key], "cut at \(cut)")
        }
        #expect(keys(Self.bytes(text + "x" + text)) == [key, .character("x"), key])
    }

    /// Esc alone is a key once no bytes have followed for a while.
    @Test func escapeIsAKeyAndABeginning() {
        #expect(keys([0x1B]) == [])
        #expect(keys([0x1B], []) == [.escape])
        #expect(keys([0x1B], [], Self.bytes("j")) == [.escape, .character("j")])
        #expect(keys([0x1B], Self.bytes("[A"), []) == [.up])
        #expect(keys([0x1B, 0x1B], []) == [.escape, .escape])
        #expect(keys([0x1B] + Self.bytes("\u{1B}[A")) == [.escape, .up])
        #expect(keys(Self.bytes("\u{1B}q")) == [.escape, .character("q")])
        // An incomplete sequence.
        #expect(keys(Self.bytes("\u{1B}["), [], Self.bytes("q")) == [.escape, .character("q")])
        #expect(keys(Self.bytes("\u{1B}O"), []) == [.escape])
        #expect(keys([]) == [])
    }

    @Test func whatIsNoKeyOfThePageIsNone() {
        let none = [
            "\u{1B}[C", "\u{1B}[D", "\u{1B}[2~", "\u{1B}[3~", "\u{1B}OP", "\u{1B}[15~", "\u{1B}[[A", "\u{1B}[Z",
            "\u{1B}[24;80R", "\u{1B}[?1;2c", "\u{1B}[200~", "\u{0}", "\u{C}", "\t",
        ]
        for text in none { #expect(keys(Self.bytes(text + "q")) == [.character("q")], "\(text.debugDescription)") }
        // A sequence interrupted by another one.
        #expect(keys(Self.bytes("\u{1B}[1;\u{1B}[B")) == [.down])
        #expect(keys(Self.bytes("\u{1B}O\u{1B}[B")) == [.down])
    }

    @Test func bytesThatAreNoTextAreNoKeys() {
        #expect(keys([0xFF], Self.bytes("q")) == [.character("q")])
        #expect(keys([0xC3, 0x28]) == [.character("(")])
        #expect(keys([0xE6, 0xB1], []) == [])
        #expect(keys([0x80, 0x81] + Self.bytes("q")) == [.character("q")])
        let long = [0x1B, 0x5B] + [UInt8](repeating: 0x31, count: 10_000)
        var parser = KeyParser()
        #expect(parser.keys(in: long).allSatisfy { $0 != .escape })
        _ = parser.keys(in: [])
        #expect(parser.keys(in: Self.bytes("q")) == [.character("q")])
    }
}

import Glibc
import Testing

@testable import Commands

@Suite struct DisplayWidthTests {
    private enum Missing: Error {
        case locale, wcwidth
    }

    @Test(arguments: [
        ("", 0), ("shop", 4), ("café", 4), ("cafe\u{301}", 4), ("店", 2), ("ｓｈｏｐ", 8), ("한국", 4), ("한", 2),
        ("🚀", 2), ("🇩🇪", 2), ("✓ ok", 4), ("…", 1), ("ﬀ", 1), ("नि", 2), ("a\u{FE0F}", 1), ("かな", 4), ("㎏", 2),
    ])
    func asTerminalsHaveIt(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    /// Compares every character known to both with the C library's `wcwidth`, which terminals use, too.
    @Test func asTheCLibraryHasIt() throws {
        guard let locale = unsafe newlocale(LC_CTYPE_MASK, "C.UTF-8", nil) else { throw Missing.locale }
        defer { unsafe freelocale(locale) }
        let before = unsafe uselocale(locale)
        defer { unsafe uselocale(before) }
        // Missing from the headers that Swift imports.
        guard let symbol = unsafe dlsym(nil, "wcwidth") else { throw Missing.wcwidth }
        let wcwidth = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
        var compared = 0
        var different: [UInt32: (Int, Int)] = [:]
        for value in Array(UInt32(0x20)...0x1FFFF) + stride(from: 0x20000, to: 0x40000, by: 61) {
            guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age <= (15, 0) else { continue }
            let category = scalar.properties.generalCategory
            if category == .control || category == .format || category == .privateUse { continue }
            let width = Int(wcwidth(Int32(value)))
            // Unicode 16 made U+1171E a spacing mark.
            if width < 0 || value == 0x1171E { continue }
            compared += 1
            if width != scalar.displayWidth { different[value] = (scalar.displayWidth, width) }
        }
        #expect(compared > 70_000)
        #expect(
            different.count == 0,
            "\(different.sorted { $0.key < $1.key }.prefix(40).map { "U+\(String($0.key, radix: 16)) \($0.value)" })")
    }

    @Test(arguments: [
        ("checkout", 8, "checkout"), ("checkout", 7, "checko…"), ("checkout", 1, "…"), ("checkout", 0, ""),
        ("店店店", 6, "店店店"), ("店店店", 5, "店店…"), ("店店店", 4, "店…"), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ("🇩🇪🇫🇷", 3, "🇩🇪…"), ("🇩🇪🇫🇷", 2, "…"),
    ])
    func cutAtCharacters(text: String, width: Int, cut: String) {
        #expect(text.fitted(to: width) == cut)
        #expect(cut.displayWidth <= width)
    }

    @Test func columnsStandUnderEachOther() {
        let table = Table(
            header: ["CLUSTER", "NAME"],
            rows: [
                [Table.Cell("東京"), Table.Cell("a")], [Table.Cell("cafe\u{301}"), Table.Cell("b")],
                [Table.Cell("🚀-prod"), Table.Cell("c")], [Table.Cell("x"), Table.Cell("d")],
            ])
        let lines = table.lines(hasHeader: true, style: Style(isColored: false))
        #expect(
            lines == ["CLUSTER   NAME", "東京      a", "cafe\u{301}      b", "🚀-prod   c", "x         d"])
        let coloured = Table(header: ["A", "B"], rows: [[Table.Cell("店", .red), Table.Cell("b")]])
            .lines(hasHeader: false, style: Style(isColored: true))
        #expect(coloured == ["\u{1B}[31m店\u{1B}[0m    b"])
    }

    @Test func linesAreBrokenBetweenWords() {
        #expect("one two three".wrapped(to: 7) == ["one two", "three"])
        #expect("one two three".wrapped(to: 13) == ["one two three"])
        #expect("  one two three".wrapped(to: 9) == ["  one two", "  three"])
        #expect("Message:   one two three".wrapped(to: 24) == ["Message:   one two three"])
        #expect("Message:   one two three".wrapped(to: 22) == ["Message:   one two", "           three"])
        // If the label leaves too little room, further lines begin at the left.
        #expect("Message:   one two three".wrapped(to: 18) == ["Message:   one two", "three"])
        #expect("a: b".wrapped(to: 3) == ["a:", "b"])
        #expect("abcdefgh".wrapped(to: 3) == ["abc", "def", "gh"])
        #expect("漢字漢字".wrapped(to: 5) == ["漢字", "漢字"])
        #expect("".wrapped(to: 5) == [""])
        for width in 2...20 {
            let lines = "Label:  some words and-one-that-is-rather-long 漢字 end".wrapped(to: width)
            #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(width): \(lines)")
            let letters = lines.joined().filter { $0 != " " }
            #expect(letters == "Label:somewordsand-one-that-is-rather-long漢字end", "\(width)")
        }
    }
}

/// The keys of the page, as shown in its help, `watch --help` and the manual.
enum PageKeys {
    struct Entry: Sendable {
        var keys: String
        var meaning: String
        /// The text for the last line of the page; nil if the key is not shown there.
        var hint: String?
    }

    static let all: [Entry] = [
        Entry(keys: "Up, Down, k, j", meaning: "select a Rollout"),
        Entry(keys: "PgUp, PgDn, Home, End", meaning: "move by a page, to the first, to the last"),
        Entry(keys: "Enter", meaning: "explain the selected Rollout; Esc or q closes", hint: "Enter explain"),
        Entry(keys: "r", meaning: "refresh it, which evicts no pod", hint: "r refresh"),
        Entry(keys: "R", meaning: "restart it; asks first", hint: "R restart"),
        Entry(keys: "/", meaning: "filter by namespace, name or diagnosis; Esc clears", hint: "/ filter"),
        Entry(keys: "a", meaning: "also show what is in progress; again hides it", hint: "a all"),
        Entry(keys: "?", meaning: "show these keys", hint: "? help"),
        Entry(keys: "q, Ctrl-C", meaning: "quit", hint: "q quit"),
    ]

    /// One line per key, indented.
    static let lines: [String] = {
        let width = (all.map(\.keys.count).max() ?? 0) + 2
        return all.map { "  " + $0.keys.padded(to: width) + $0.meaning }
    }()

    /// As many hints as fit, those that lead to the others first.
    static func hints(width: Int, style: Style) -> String {
        var text = ""
        for hint in all.reversed().prefix(2).compactMap(\.hint) + all.dropLast(2).compactMap(\.hint) {
            let next = text.isEmpty ? hint : text + style.separator + hint
            guard next.displayWidth <= width else { break }
            text = next
        }
        return text
    }
}

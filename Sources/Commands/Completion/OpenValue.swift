/// A flag with a partly typed value in one word: `--policy=st`, `-n=sh`, `-nsh`, `-An=sh`.
struct OpenValue {
    var flag: String
    /// The text before the value.
    var start: String
    var value: String

    /// Returns nil if the word contains no value.
    init?(_ word: String) {
        if word.hasPrefix("--") {
            guard let equals = word.firstIndex(of: "=") else { return nil }
            self.init(String(word[..<equals].dropFirst(2)), of: word, from: word.index(after: equals))
        } else {
            guard word.hasPrefix("-") else { return nil }
            var letters = word.dropFirst()
            while let letter = letters.popFirst(), let flag = FlagTable.flag(short: letter) {
                if flag.kind == .switched { continue }
                if letters.isEmpty { return nil }
                let value = letters.first == "=" ? letters.dropFirst() : letters
                self.init(flag.name, of: word, from: value.startIndex)
                return
            }
            return nil
        }
    }

    private init(_ flag: String, of word: String, from start: String.Index) {
        self.flag = flag
        self.start = String(word[..<start])
        value = String(word[start...])
    }
}

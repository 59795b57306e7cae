/// Suggests a known word for an unknown one.
enum NearestWord {
    /// The maximum edit distance of a suggestion.
    private static let mostSlips = 2

    /// Returns the word with the smallest edit distance, the first of several; nil if all differ too much for their
    /// length.
    static func find(_ text: String, in words: [String]) -> String? {
        let near = words.map { (word: $0, slips: slips(text, $0)) }
            .filter { $0.slips <= mostSlips && $0.slips < min(text.count, $0.word.count) / 2 + 1 }
            .min { $0.slips < $1.slips }
        // Otherwise, the text may be the beginning of a word.
        return near?.word ?? (text.count > 1 ? words.first { $0.hasPrefix(text) } : nil)
    }

    /// The number of missing, extra, wrong and transposed letters.
    ///
    /// This is the optimal string alignment distance: no pair of letters is edited twice.
    static func slips(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for (index, letter) in left.enumerated() {
            var row = [index + 1]
            for (place, other) in right.enumerated() {
                var least = min(rows[index][place + 1] + 1, row[place] + 1)
                least = min(least, rows[index][place] + (letter == other ? 0 : 1))
                if index > 0, place > 0, letter == right[place - 1], left[index - 1] == other {
                    least = min(least, rows[index - 1][place - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}

/// Width of text in terminal columns, as `wcwidth` defines it (Unicode 15, East Asian Width).
extension String {
    var displayWidth: Int {
        unicodeScalars.reduce(0) { $0 + $1.displayWidth }
    }

    /// Pads the text with spaces to `width` columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - displayWidth))
    }

    /// Cuts the text to `width` columns including the ellipsis; never splits a character.
    func fitted(to width: Int, ellipsis: String = "…") -> String {
        guard displayWidth > width else { return self }
        guard width > ellipsis.count else { return String(ellipsis.prefix(max(0, width))) }
        var fitting = ""
        var room = width - ellipsis.count
        for character in self {
            room -= String(character).displayWidth
            if room < 0 { break }
            fitting.append(character)
        }
        return fitting + ellipsis
    }
}

extension Unicode.Scalar {
    var displayWidth: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // Vowels and final consonants that combine with the preceding syllable.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FB).contains(value) { return 0 }
        // A flag consists of two of these, each one column wide.
        let isFlagLetter = (0x1F1E6...0x1F1FF).contains(value)
        return isEastAsianWide || properties.isEmojiPresentation && !isFlagLetter ? 2 : 1
    }

    /// Blocks whose assigned characters are all wide or full-width (Unicode's EastAsianWidth.txt), without emoji.
    private var isEastAsianWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
            0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x18D00...0x18D8F, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF,
            0x20000...0x2FFFD, 0x30000...0x3FFFD:
            true
        default: false
        }
    }
}

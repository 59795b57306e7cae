extension String {
    /// Quoted as one word of a shell.
    var quotedForShell: String {
        let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@%+=,".contains($0)) }
        return isPlain ? self : "'" + safeForTerminal.replacing("'", with: "'\\''") + "'"
    }
}

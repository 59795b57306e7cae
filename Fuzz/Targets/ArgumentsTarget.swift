extension Target {
    /// Any words, one a line: they come out as one command with its flags before its names, or as an error of usage.
    static let arguments = Target(name: "arguments") { bytes in
        let words = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let commands = ["list", "restart", "watch", "explain", "version", "help"]
        guard let normal = try? ArgumentNormalizer.normalize(words, commands: commands),
            let first = normal.first, commands.contains(first), first != "help"
        else { return }
        // Its value is joined to it by `=` only, which the parser does not ask for.
        if normal.contains("--dry-run") { return }
        let again = try? ArgumentNormalizer.normalize(normal, commands: commands)
        precondition(
            planted(again, as: [], where: normal.filter { $0 == "--namespace" }.count > 1) == normal, "no fixed form")
    }
}

@testable import Commands

extension Target {
    /// Any words, one a line: they come out as one command with its flags before its names, or as an error of usage.
    static let arguments = Target(name: "arguments") { bytes in
        let words = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let joined = FlagTable.flags.compactMap { flag in
            switch flag.kind {
            case .assigned, .optional: "--\(flag.name)"
            case .switched, .valued, .alias: nil
            }
        }
        let commands = ["list", "restart", "watch", "explain", "version", "help"]
        guard let normal = try? ArgumentNormalizer.normalize(words, commands: commands),
            let first = normal.first, commands.contains(first), first != "help"
        else { return }
        // Their values are joined to them by `=` only, which the parser does not ask for.
        if normal.contains(where: { joined.contains($0) }) { return }
        let again = try? ArgumentNormalizer.normalize(normal, commands: commands)
        precondition(
            planted(again, as: [], where: normal.filter { $0 == "--namespace" }.count > 1) == normal, "no fixed form")
    }
}

@testable import Commands

extension Target {
    /// Any words, one per line, become a command with its flags before its names, or a usage error.
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
        // These flags take their value only with `=`, which the parser does not require.
        if normal.contains(where: { joined.contains($0) }) { return }
        let again = try? ArgumentNormalizer.normalize(normal, commands: commands)
        precondition(
            planted(again, as: [], where: normal.filter { $0 == "--namespace" }.count > 1) == normal, "no fixed form")
    }
}

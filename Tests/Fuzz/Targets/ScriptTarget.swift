@testable import Commands

extension Target {
    /// Any arguments of `restart-rollouts`, one per line: an invalid namespace is rejected, and only Degraded is acted
    /// on.
    static let script = Target(name: "script") { bytes in
        let words = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let arguments = try? ScriptArguments(words) else { return }
        precondition(words.count == 4, "other than four arguments are taken")
        guard case .heal(let namespace, let application) = arguments.request else {
            return precondition(words[3] != "Degraded", "a degraded application is left alone")
        }
        precondition(words[3] == "Degraded", "an application is healed that is not degraded")
        // RFC 1123 label, implemented differently from the program.
        let characters = Array(planted(namespace, as: "--all", where: namespace.contains("-")).unicodeScalars)
        let isInside = characters.allSatisfy { $0 == "-" || ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        precondition(
            isInside && (1...63).contains(characters.count) && characters.first != "-" && characters.last != "-"
                && namespace == words[1], "a namespace that is none")
        precondition(application == words[2], "another application")
    }
}

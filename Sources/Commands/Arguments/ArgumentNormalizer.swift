/// Rewrites arguments in kubectl's notation to that of the command parser.
///
/// `-nshop`, `-n=shop`, `-Ao json`, `--all=true` and flags before the subcommand become `--name value` after it.
enum ArgumentNormalizer {
    private static let truths: Set = ["1", "t", "T", "true", "TRUE", "True"]
    private static let falsehoods: Set = ["0", "f", "F", "false", "FALSE", "False"]

    /// - Parameter commands: the valid first words.
    /// - Throws: ``UsageError`` for an unknown command or flag, or a missing or invalid value.
    static func normalize(_ arguments: [String], commands: [String]) throws(UsageError) -> [String] {
        // The parser's own flag, whose output the manual is made from.
        if arguments.first == "--experimental-dump-help" { return arguments }
        var rest = arguments[...]
        // Each flag with its value, because a value may look like a flag.
        var flags: [[String]] = []
        var words: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                break
            } else if argument.hasPrefix("--") {
                try take(long: argument.dropFirst(2), &rest, &flags)
            } else if argument.hasPrefix("-"), argument.count > 1 {
                try take(shorts: argument.dropFirst(), &rest, &flags)
            } else {
                words.append(argument)
            }
        }
        if flags.contains(["--version"]), words.isEmpty { return ["version"] }
        guard let command = words.first else { return flags.flatMap(\.self) }
        guard commands.contains(command) else { throw .unknownCommand(command) }
        if command == "help" { return words }
        return [command] + flags.flatMap(\.self) + (words.count > 1 ? ["--"] + words.dropFirst() : [])
    }

    private static func take(
        long text: Substring, _ rest: inout ArraySlice<String>, _ flags: inout [[String]]
    ) throws(UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        guard let flag = FlagTable.flag(name) else { throw .unknownFlag("--\(name)") }
        let value = parts.count > 1 ? String(parts[1]) : nil
        switch (flag.kind, value) {
        case (.switched, _): try add(flag, switchedTo: value ?? "true", &flags)
        case (.valued, let value?), (.assigned, let value?): flags.append(["--\(name)", value])
        case (.valued, nil):
            guard let next = rest.popFirst() else { throw .missingValue("--\(name)") }
            flags.append(["--\(name)", next])
        case (.optional(let alone, let off), let value):
            if falsehoods.contains(value ?? "") {
                if let off {
                    flags.append(["--\(name)", off])
                } else {
                    flags.removeAll { $0.first == "--\(name)" }
                }
            } else {
                flags.append(["--\(name)", value.map { truths.contains($0) ? alone : $0 } ?? alone])
            }
        case (.alias(let other, let alone), let value): flags.append(["--\(other)", value ?? alone])
        case (.assigned, nil): throw .missingValue("--\(name)=")
        }
    }

    private static func take(
        shorts text: Substring, _ rest: inout ArraySlice<String>, _ flags: inout [[String]]
    ) throws(UsageError) {
        var letters = text
        while let letter = letters.popFirst() {
            guard let flag = FlagTable.flag(short: letter) else { throw .unknownFlag("-\(letter)") }
            if flag.kind == .switched {
                var value = "true"
                if letters.first == "=" {
                    value = String(letters.dropFirst())
                    letters = ""
                }
                try add(flag, switchedTo: value, &flags)
            } else if let next = letters.isEmpty ? rest.popFirst() : String(letters) {
                let value = !letters.isEmpty && next.hasPrefix("=") ? String(next.dropFirst()) : next
                flags.append(["--\(flag.name)", value])
                letters = ""
            } else {
                throw .missingValue("-\(letter)")
            }
        }
    }

    private static func add(
        _ flag: FlagTable.Flag, switchedTo value: String, _ flags: inout [[String]]
    ) throws(UsageError) {
        if truths.contains(value) {
            flags.append(["--\(flag.name)"])
        } else if falsehoods.contains(value) {
            flags.removeAll { $0 == ["--\(flag.name)"] }
        } else {
            throw .badValue(flag: "--\(flag.name)", value: value, reason: "it is neither true nor false")
        }
    }
}

/// Invalid flags and arguments; the exit status is always 2.
enum UsageError: Error, Equatable {
    case unknownFlag(String)
    case missingValue(String)
    case badValue(flag: String, value: String, reason: String)
    /// A value that is not shown, of the flag given for the `number`th time.
    case secretValue(flag: String, number: Int, reason: String)
    case conflict(String)
    case unknownCommand(String)
    /// A connection flag with an unusable value.
    case badConnection(String, hint: String?)
}

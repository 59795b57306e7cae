internal import KubeConfig

/// The words before the one being typed, parsed leniently because the line is unfinished.
struct CompletionLine {
    /// The subcommand, if typed.
    private(set) var command: String?
    /// The positional arguments after it.
    private(set) var arguments: [String] = []
    private(set) var isAcrossNamespaces = false
    /// The flag whose value is being typed.
    private(set) var openFlag: String?
    /// The connection flags and their values, for their parser.
    private(set) var connectionArguments: [String] = []

    private static let connectionFlags = Set(ConnectionFlag.all.map(\.name) + ["v"])

    private let home: String?

    /// - Parameter home: replaces `~/` at the beginning of a value, which the shell has not expanded.
    init(_ words: ArraySlice<String>, home: String?) {
        self.home = home
        for word in words {
            if let flag = openFlag {
                add(flag, word)
                openFlag = nil
            } else if word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                take(FlagTable.flag(String(parts.first ?? "")), value: parts.count > 1 ? String(parts[1]) : nil)
            } else if word.hasPrefix("-"), word.count > 1 {
                takeShorts(word.dropFirst())
            } else if command == nil {
                command = word
            } else {
                arguments.append(word)
            }
        }
    }

    private mutating func takeShorts(_ letters: Substring) {
        guard let letter = letters.first, let flag = FlagTable.flag(short: letter) else { return }
        let rest = letters.dropFirst()
        if flag.kind == .switched {
            take(flag, value: nil)
            takeShorts(rest)
        } else {
            take(flag, value: rest.isEmpty ? nil : String(rest.first == "=" ? rest.dropFirst() : rest))
        }
    }

    private mutating func take(_ flag: FlagTable.Flag?, value: String?) {
        guard let flag else { return }
        if flag.kind == .switched {
            if flag.name == "all-namespaces" { isAcrossNamespaces = value != "false" }
            if Self.connectionFlags.contains(flag.name), value != "false" {
                connectionArguments.append("--\(flag.name)")
            }
        } else if let value {
            add(flag.name, value)
        } else if case .optional = flag.kind {
            return  // complete without a value
        } else {
            openFlag = flag.name
        }
    }

    private mutating func add(_ flag: String, _ value: String) {
        guard Self.connectionFlags.contains(flag) else { return }
        let path = home.flatMap { value.hasPrefix("~/") ? $0 + value.dropFirst() : nil }
        connectionArguments += ["--\(flag)", path ?? value]
    }
}

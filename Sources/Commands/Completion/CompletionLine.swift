internal import KubeConfig

/// The words before the one that is being typed, read leniently: what makes no sense yet may do so later.
struct CompletionLine {
    /// The subcommand, once there is one.
    private(set) var command: String?
    /// What stands after it, flags apart.
    private(set) var arguments: [String] = []
    private(set) var isAcrossNamespaces = false
    /// The flag whose value is being typed.
    private(set) var openFlag: String?
    /// The connection's flags and values, for its parser.
    private(set) var connectionArguments: [String] = []

    private static let connectionFlags = Set(ConnectionFlag.all.map(\.name) + ["v"])

    private let home: String?

    /// - Parameter home: what `~/` is at the beginning of a value, which no shell has replaced yet.
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
            return  // complete as it is
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

internal import KubeConfig

/// The notation of each flag, as kubectl's flag library would define it.
///
/// The command parser does not know these notations; a test compares its flags with this table. Connection flags are in
/// ``ConnectionFlag``.
enum FlagTable {
    enum Kind: Equatable {
        /// `--flag`, `--flag=true`, `--flag=false`.
        case switched
        /// `--flag value`, `--flag=value`.
        case valued
        /// `--flag=value` only.
        case assigned
        /// `--flag=value`, or alone, which means `alone`, as does `--flag=true`; `--flag=false` means `off`, or removes
        /// the flag if that is nil.
        case optional(alone: String, off: String? = nil)
        /// Another name of a valued flag, as `--flag=value`, or alone, which means `alone`.
        case alias(of: String, alone: String)
    }

    struct Flag {
        var name: String
        var short: Character?
        var kind: Kind

        init(name: String, short: Character? = nil, kind: Kind) {
            self.name = name
            self.short = short
            self.kind = kind
        }

        init(_ flag: ConnectionFlag) {
            self.init(name: flag.name, short: flag.short, kind: flag.takesValue ? .valued : .switched)
        }
    }

    static let flags: [Flag] =
        ConnectionFlag.all.map { Flag($0) } + [
            Flag(name: "contexts", kind: .valued),
            Flag(name: "v", short: "v", kind: .valued),
            Flag(name: "verbose", kind: .alias(of: "v", alone: "6")),
            Flag(name: "all-namespaces", short: "A", kind: .switched),
            Flag(name: "selector", short: "l", kind: .valued),
            Flag(name: "namespace-selector", kind: .valued),
            Flag(name: "output", short: "o", kind: .valued),
            Flag(name: "no-headers", kind: .switched),
            Flag(name: "sort-by", kind: .valued),
            Flag(name: "watch", short: "w", kind: .switched),
            Flag(name: "for", kind: .valued),
            Flag(name: "color", kind: .valued),
            Flag(name: "filename", short: "f", kind: .valued),
            Flag(name: "all", kind: .switched),
            Flag(name: "exit-code", kind: .switched),
            Flag(name: "fresh", kind: .switched),
            Flag(name: "policy", kind: .valued),
            Flag(name: "cooldown", kind: .valued),
            Flag(name: "max-restarts", kind: .valued),
            Flag(name: "allow-sole-pod", kind: .switched),
            Flag(name: "allow-unproven", kind: .switched),
            Flag(name: "opt-in", kind: .switched),
            Flag(name: "window", kind: .valued),
            Flag(name: "no-refresh", kind: .switched),
            Flag(name: "dry-run", kind: .assigned),
            Flag(name: "wait", kind: .optional(alone: "true", off: "false")),
            Flag(name: "force", kind: .switched),
            Flag(name: "timeout", kind: .valued),
            Flag(name: "yes", short: "y", kind: .switched),
            Flag(name: "cancel", kind: .switched),
            Flag(name: "argocd-app", kind: .valued),
            Flag(name: "heal", kind: .optional(alone: "all")),
            Flag(name: "exclude-namespace", kind: .valued),
            Flag(name: "settle", kind: .valued),
            Flag(name: "stale-after", kind: .valued),
            Flag(name: "resync", kind: .valued),
            Flag(name: "storm-threshold", kind: .valued),
            Flag(name: "max-per-minute", kind: .valued),
            Flag(name: "leader-elect", kind: .switched),
            Flag(name: "leader-elect-lease", kind: .valued),
            Flag(name: "metrics-address", kind: .valued),
            Flag(name: "metrics-namespaces", kind: .valued),
            Flag(name: "notify", kind: .valued),
            Flag(name: "notify-key-file", kind: .valued),
            Flag(name: "notify-after", kind: .valued),
            Flag(name: "cluster-name", kind: .valued),
            Flag(name: "no-events", kind: .switched),
            Flag(name: "log-format", kind: .valued),
            Flag(name: "help", short: "h", kind: .switched),
            Flag(name: "version", kind: .switched),
        ]

    static func flag(_ name: String) -> Flag? {
        flags.first { $0.name == name }
    }

    static func flag(short: Character) -> Flag? {
        flags.first { $0.short == short }
    }
}

internal import ArgumentParser
internal import KubeConfig

/// kubectl's flags for the cluster, user and namespace, which are those of ``ConnectionFlag``, and `-v`.
///
/// The command parser finds flags in a mirror of their group and decodes them by the mirror's labels. Other groups
/// declare properties; this one derives both from the table.
struct ConnectionOptions: ParsableArguments {
    /// The flags as given.
    var flags = ConnectionFlags()
    var verbosity = Verbosity(level: 0)

    /// Rejects an invalid namespace: an empty template variable must not mean "all" or "default".
    func checkNamespace() throws(UsageError) {
        if let namespace = flags.namespace { try Commands.checkNamespace(namespace, flag: "--namespace") }
    }
}

extension ConnectionOptions: CustomReflectable {
    var customMirror: Mirror {
        let flags = ConnectionFlag.all.map { (label: $0.name, value: $0.definition) }
        return Mirror(self, children: flags + [(Key.verbosity, Self.verbosityDefinition)])
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        for flag in ConnectionFlag.all {
            let key = Key(stringValue: flag.name)
            switch flag.value {
            case .text(let path), .file(let path):
                flags[keyPath: path] = try values.decode(Option<String?>.self, forKey: key).wrappedValue
            case .secret(let path):
                let text = try values.decode(Option<String?>.self, forKey: key).wrappedValue
                flags[keyPath: path] = text.map { Secret($0) }
            case .list(let path):
                flags[keyPath: path] = try values.decode(Option<[String]>.self, forKey: key).wrappedValue
            case .switched(let path):
                flags[keyPath: path] = try values.decode(Flag<Bool>.self, forKey: key).wrappedValue
            }
        }
        let key = Key(stringValue: Key.verbosity)
        verbosity = try values.decode(Option<Verbosity>.self, forKey: key).wrappedValue
    }

    private static var verbosityDefinition: Option<Verbosity> {
        Option(
            wrappedValue: Verbosity(level: 0), name: [.customShort("v"), .customLong("v"), .customLong("verbose")],
            parsing: .unconditional,
            help: ArgumentHelp(verbosityHelp, valueName: "level", visibility: .hidden))
    }

    fileprivate static let verbosityHelp = "Log requests to stderr: 6 outcome, 7 and 8 headers, 9 sizes."

    /// The long name of a flag.
    private struct Key: CodingKey {
        static let verbosity = "v"

        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            nil
        }
    }
}

extension ConnectionFlag {
    /// The flag as the command parser declares it.
    fileprivate var definition: Any {
        let help = ArgumentHelp(help, valueName: valueName, visibility: isCommon ? .default : .hidden)
        let long = NameSpecification.Element.customLong(name)
        let names = NameSpecification(short.map { [.customShort($0), long] } ?? [long])
        return switch value {
        case .text, .file, .secret: Option<String?>(name: names, parsing: .unconditional, help: help)
        case .list: Option<[String]>(wrappedValue: [], name: names, parsing: .unconditionalSingleValue, help: help)
        case .switched: Flag(wrappedValue: false, name: names, help: help)
        }
    }
}

extension ConnectionOptions {
    /// What ends the help of a command that takes them all, of which it shows only the common ones.
    static let pointer = "Use 'kubectl rollout-heal options' for the other connection flags, which every command takes."

    /// One line a flag, as kubectl's `options` prints its own.
    static var listing: String {
        let flags = ConnectionFlag.all.map { flag in
            let long = "--\(flag.name)" + (flag.takesValue ? " \(flag.valueName ?? flag.name)" : "")
            return (words: flag.short.map { "-\($0), \(long)" } ?? long, help: flag.help)
        }
        return (flags + [(words: "-v, --v level", help: verbosityHelp)])
            .map { "  \($0.words)\n      \($0.help)\n" }.joined()
    }
}

/// kubectl's `-v`: 0 logs nothing, and levels above 9 add nothing.
struct Verbosity: ExpressibleByArgument, Equatable {
    var level: Int

    init(level: Int) {
        self.level = level
    }

    init?(argument: String) {
        guard let level = Int(argument), level >= 0 else { return nil }
        self.level = level
    }

    var defaultValueDescription: String { String(level) }
}

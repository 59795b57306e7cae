internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal

/// Completes command lines for kubectl (1.26 and later), which starts `kubectl_complete-rollout_heal` with the words
/// typed so far, and for our own shell scripts.
///
/// Prints one candidate per line, with a tab and a description if it has one, and a directive at the end.
struct CompletionProgram: Sendable {
    static let namePrefix = "kubectl_complete-"
    /// The first argument with which our shell scripts call the plugin itself.
    static let argument = "__complete"

    /// The caller, which determines the format for `--flag=value`.
    enum Asker {
        /// kubectl's shell scripts prefix candidates with `--flag=` themselves.
        case kubectl
        case ownScript
    }

    /// Cobra's `ShellCompDirective`.
    private struct Directive: OptionSet {
        var rawValue: Int

        static let files: Directive = []
        static let noSpace = Directive(rawValue: 2)
        static let noFiles = Directive(rawValue: 4)
        static let keepOrder = Directive(rawValue: 32)
    }

    private struct Answer {
        var candidates: [CompletionCandidate] = []
        var directive = Directive.noFiles
    }

    private let world: World
    private let asker: Asker

    init(_ world: World, _ asker: Asker) {
        self.world = world
        self.asker = asker
    }

    /// - Parameter words: the words after the plugin's name; the last one is being typed, and may be empty.
    func run(_ words: [String]) async {
        var typed = words.last ?? ""
        let line = CompletionLine(words.dropLast(), home: world.host.variables["HOME"])
        var start = ""
        var answer = Answer()
        if let flag = line.openFlag {
            answer = await values(of: flag, typed, line)
        } else if let open = OpenValue(typed) {
            answer = await values(of: open.flag, open.value, line)
            start = asker == .kubectl && open.start.hasSuffix("=") ? "" : open.start
            typed = open.value
        } else if typed.hasPrefix("-") {
            answer.candidates = flags(line)
        } else if let command = line.command {
            answer = await arguments(of: command, line)
        } else {
            answer.candidates = commands
        }
        let fitting = answer.candidates.filter { $0.text.hasPrefix(typed) }
        for candidate in fitting {
            let description = candidate.description.isEmpty ? "" : "\t\(candidate.description.safeForTerminal)"
            world.console.out(start + candidate.text.safeForTerminal + description + "\n")
        }
        // A value follows.
        if fitting.count == 1, fitting[0].text.hasSuffix("=") { answer.directive.insert(.noSpace) }
        world.console.out(":\(answer.directive.rawValue)\n")
    }

    private var commands: [CompletionCandidate] {
        (CommandInfo.root?.subcommands ?? []).map { .init($0.commandName, $0.abstract ?? "") }
    }

    private func flags(_ line: CompletionLine) -> [CompletionCandidate] {
        let root = CommandInfo.root
        let command = line.command.flatMap { root?.subcommand($0) } ?? root?.subcommand("list")
        return (command?.arguments ?? []).compactMap { argument in
            guard let name = argument.longName else { return nil }
            let isAssigned = FlagTable.flag(name)?.kind == .assigned
            return .init("--\(name)\(isAssigned ? "=" : "")", argument.abstract ?? "")
        }
    }

    private func values(of flag: String, _ typed: String, _ line: CompletionLine) async -> Answer {
        switch FlagTable.flag(flag)?.name {
        case let name? where name == "filename" || ConnectionFlag.files.contains(name): return Answer(directive: .files)
        case "context": return Answer(candidates: contexts(line).map { .init($0.name, $0.cluster ?? "") })
        case "contexts":
            // Names may be separated by commas; the last one is being typed.
            let before = typed.lastIndex(of: ",").map { String(typed[...$0]) } ?? ""
            return Answer(candidates: contexts(line).map { .init(before + $0.name, $0.cluster ?? "") })
        case "cluster": return Answer(candidates: contexts(line).compactMap(\.cluster).uniqued().map { .init($0) })
        case "user": return Answer(candidates: contexts(line).compactMap(\.user).uniqued().map { .init($0) })
        case "namespace", "exclude-namespace":
            let found = await LiveCandidates(world).find(line) { session, offer in
                if let names = try? await session.api.namespaces() { offer(names.map { .init($0) }) }
            }
            return Answer(candidates: found)
        case "output": return Answer(candidates: formats(line.command).map { .init($0) })
        case let name?:
            let argument = line.command.flatMap { CommandInfo.root?.subcommand($0)?.argument(long: name) }
            return Answer(candidates: (argument?.allValues ?? []).map { .init($0) })
        case nil: return Answer()
        }
    }

    private func formats(_ command: String?) -> [String] {
        switch command {
        case "heal", "refresh", "restart": ["json", "name"]
        case "watch": ["json"]
        case "explain", "version": ["json", "yaml"]
        default: ListFormat.offered
        }
    }

    private func contexts(_ line: CompletionLine) -> [MergedKubeConfig.ContextSummary] {
        let flags = (try? ConnectionOptions.parse(line.connectionArguments))?.flags ?? ConnectionFlags()
        return (try? MergedKubeConfig.load(flags: flags, environment: world.host))?.contextSummaries ?? []
    }

    private func arguments(of command: String, _ line: CompletionLine) async -> Answer {
        switch command {
        case "help" where line.arguments.isEmpty: return Answer(candidates: commands.filter { $0.text != "help" })
        case "completions" where line.arguments.isEmpty:
            return Answer(candidates: ShellScript.allCases.map { .init($0.rawValue) })
        // Names are completed for a single namespace only.
        case "list", "explain", "heal", "refresh", "restart":
            return line.isAcrossNamespaces ? Answer() : await names(line)
        default: return Answer()
        }
    }

    /// The names that were not typed yet.
    private func names(_ line: CompletionLine) async -> Answer {
        let found = await LiveCandidates(world).find(line) { session, offer in
            try? await RolloutNames(session.api).find(namespace: session.connection.namespace) { names in
                offer(names.map { .init($0.name, $0.description) })
            }
        }
        return Answer(
            candidates: found.filter { !line.arguments.contains($0.text) }, directive: [.noFiles, .keepOrder])
    }
}

extension ConnectionFlag {
    /// The names of flags whose value is a path.
    fileprivate static let files = Set(
        all.compactMap { flag in
            if case .file = flag.value { flag.name } else { nil }
        })
}

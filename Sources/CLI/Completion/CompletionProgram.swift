internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal

/// Answers kubectl (1.26 and later), which starts `kubectl_complete-rollout_heal` with the words typed so far.
///
/// Prints a candidate a line, with a tab and a description where there is one, and a directive at the end. What cannot be
/// known within 300 ms is left out in silence: a shell that waits is worse than one that offers nothing.
struct CompletionProgram: Sendable {
    static let namePrefix = "kubectl_complete-"

    private static let patience = Duration.milliseconds(300)

    /// Cobra's `ShellCompDirective`.
    private enum Directive: Int {
        case files = 0
        case noFiles = 4
        case noFilesKeepOrder = 36
    }

    private struct Answer {
        var candidates: [(text: String, description: String)] = []
        var directive = Directive.noFiles
    }

    private let world: World

    init(_ world: World) {
        self.world = world
    }

    /// - Parameter words: all after the plugin's name; the last one is being typed, and may be empty.
    func run(_ words: [String]) async {
        let typed = words.last ?? ""
        let line = CompletionLine(words.dropLast())
        var answer = Answer()
        if let flag = line.openFlag {
            answer = await values(of: flag, line)
        } else if typed.hasPrefix("--"), let equals = typed.firstIndex(of: "=") {
            let name = String(typed[..<equals].dropFirst(2))
            answer = await values(of: name, line)
            answer.candidates = answer.candidates.map { ("--\(name)=\($0.text)", $0.description) }
        } else if typed.hasPrefix("-") {
            answer = flags(line)
        } else if let command = line.command {
            answer = await names(command, line)
        } else {
            answer.candidates = (CommandInfo.root?.subcommands ?? []).map { ($0.commandName, $0.abstract ?? "") }
        }
        for candidate in answer.candidates where candidate.text.hasPrefix(typed) {
            let description = candidate.description.isEmpty ? "" : "\t\(candidate.description.safeForTerminal)"
            world.console.out(candidate.text.safeForTerminal + description + "\n")
        }
        world.console.out(":\(answer.directive.rawValue)\n")
    }

    private func flags(_ line: CompletionLine) -> Answer {
        let root = CommandInfo.root
        let command = line.command.flatMap { root?.subcommand($0) } ?? root?.subcommand("list")
        return Answer(
            candidates: (command?.arguments ?? []).compactMap { argument in
                argument.longName.map {
                    ("--" + $0 + (argument.longName == "dry-run" ? "=" : ""), argument.abstract ?? "")
                }
            })
    }

    private func values(of flag: String, _ line: CompletionLine) async -> Answer {
        switch FlagTable.flag(flag)?.name {
        case "kubeconfig", "filename", "certificate-authority", "client-certificate", "client-key":
            return Answer(directive: .files)
        case "context", "contexts": return Answer(candidates: contexts(line).map { ($0.name, $0.cluster ?? "") })
        case "cluster": return Answer(candidates: contexts(line).compactMap(\.cluster).uniqued().map { ($0, "") })
        case "user": return Answer(candidates: contexts(line).compactMap(\.user).uniqued().map { ($0, "") })
        case "namespace": return Answer(candidates: await live(line) { await Self.namespaces($0) })
        case "output":
            let formats = line.command == "restart" ? ["json", "name"] : ["json", "name", "wide", "yaml"]
            return Answer(candidates: formats.map { ($0, "") })
        case let name?:
            let argument = line.command.flatMap { CommandInfo.root?.subcommand($0)?.argument(long: name) }
            return Answer(candidates: (argument?.allValues ?? []).map { ($0, "") })
        case nil: return Answer()
        }
    }

    private func contexts(_ line: CompletionLine) -> [MergedKubeConfig.ContextSummary] {
        let flags = (try? ConnectionOptions.parse(line.connectionArguments))?.flags ?? ConnectionFlags()
        return (try? MergedKubeConfig.load(flags: flags, environment: world.host))?.contextSummaries ?? []
    }

    private func names(_ command: String, _ line: CompletionLine) async -> Answer {
        guard ["list", "restart", "explain"].contains(command) else { return Answer() }
        let found = await live(line) { session in
            let names = try? await RolloutNames(session.api)(namespace: session.connection.namespace)
            return (names ?? []).map { ($0.name, $0.description) }
        }
        return Answer(candidates: found, directive: .noFilesKeepOrder)
    }

    private static func namespaces(_ session: Session) async -> [(text: String, description: String)] {
        let names = try? await session.api.namespaces()
        return (names ?? []).map { ($0, "") }
    }

    /// What the cluster gives in time; nothing otherwise.
    private func live(
        _ line: CompletionLine,
        _ ask: @escaping @Sendable (Session) async -> [(text: String, description: String)]
    ) async -> [(text: String, description: String)] {
        guard let options = try? ConnectionOptions.parse(line.connectionArguments) else { return [] }
        var quiet = world
        quiet.console.err = { _ in }
        guard let session = try? Session(options, in: quiet) else { return [] }
        return await withTaskGroup(of: [(text: String, description: String)].self) { group in
            group.addTask { await ask(session) }
            group.addTask { [world] in
                try? await world.time.sleep(Self.patience)
                return []
            }
            let first = await group.next() ?? []
            group.cancelAll()
            return first
        }
    }
}

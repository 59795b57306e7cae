internal import ArgumentParser
internal import HealthServer
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

/// Converts an error into a message, a hint and an exit status; the only place that does.
struct ErrorReport {
    /// Without the prefix `error: `.
    var message: String
    /// Whether ``message`` is printed without a prefix, as kubectl prints the server's messages.
    var isSentence = false
    var hint: String?
    var status: ExitStatus
    /// Whether it is no error but output such as help, which goes to stdout.
    var isOutput = false

    init(_ error: any Error) {
        switch error {
        case let error as UsageError: self.init(usage: error)
        case let error as KubeConfigError:
            self.init(
                message: error.prefix + error.message, isSentence: true, hint: error.hint,
                status: error == .invalidTimeout ? .usage : .failed)
        case let error as KubeError: self.init(kube: error)
        case let error as RolloutHealError: self.init(rolloutHeal: error)
        case let error as TemplateError:
            self.init(message: error.message, status: error.isUsage ? .usage : .failed)
        case let error as NotifyFailure: self.init(message: error.reason, status: .failed)
        case let error as HealthServer.Failure: self.init(message: error.reason, status: .failed)
        case is CancellationError: self.init(message: "interrupted", status: .interrupted)
        default: self.init(parser: error)
        }
    }

    private init(
        message: String, isSentence: Bool = false, hint: String? = nil, status: ExitStatus, isOutput: Bool = false
    ) {
        self.message = message
        self.isSentence = isSentence
        self.hint = hint
        self.status = status
        self.isOutput = isOutput
    }

    private init(usage error: UsageError) {
        let seeHelp = "see 'kubectl rollout-heal --help'"
        switch error {
        case .unknownFlag(let flag):
            self.init(
                message: "unknown flag: \(flag.safeForTerminal)",
                hint: Self.nearest(flag, FlagTable.flags.map { "--\($0.name)" }) + seeHelp, status: .usage)
        case .missingValue("--dry-run="):
            self.init(
                message: "flag needs a value: --dry-run", hint: "--dry-run=client or --dry-run=server", status: .usage)
        case .missingValue(let flag):
            self.init(message: "flag needs an argument: \(flag)", hint: seeHelp, status: .usage)
        case .badValue("--namespace", let value, let reason):
            self.init(message: "invalid namespace \"\(value.safeForTerminal)\": \(reason)", status: .usage)
        case .badValue(let flag, let value, let reason):
            self.init(message: "invalid value \"\(value.safeForTerminal)\" for \(flag): \(reason)", status: .usage)
        case .secretValue(let flag, let number, let reason):
            self.init(
                message: "invalid value \(number) for \(flag): \(reason)",
                hint: "URL, slack:URL, @FILE or slack:@FILE; the value is not shown, because it is a secret",
                status: .usage)
        case .conflict(let message): self.init(message: message, status: .usage)
        case .badConnection(let message, let hint): self.init(message: message, hint: hint, status: .usage)
        case .unknownCommand(let name):
            self.init(
                message: "unknown command \"\(name.safeForTerminal)\" for \"kubectl rollout-heal\"",
                hint: Self.nearest(name, RootCommand.commands) + seeHelp, status: .usage)
        }
    }

    /// "did you mean …? " if one of `words` is similar; long texts are not compared.
    private static func nearest(_ text: String, _ words: [String]) -> String {
        guard text.utf8.count <= 40, let word = NearestWord.find(text, in: words) else { return "" }
        return "did you mean \(word)? "
    }

    private init(kube error: KubeError) {
        // The status of a webhook's denial is 400 if the webhook sets none.
        let isDenied = error.status.map { $0.code == 401 || $0.code == 403 || error.isFromAdmission } ?? false
        self.init(
            message: error.message, isSentence: error.isSentence, hint: Self.hint(error),
            status: isDenied ? .denied : error == .cancelled ? .interrupted : .failed)
    }

    private static func hint(_ error: KubeError) -> String? {
        guard error == .notServed(RolloutAPI.rollouts) else { return error.hint }
        return "Argo Rollouts is not installed on this cluster: there is no CustomResourceDefinition "
            + "rollouts.argoproj.io; install it, or choose another cluster with --context"
    }

    private init(rolloutHeal error: RolloutHealError) {
        switch error {
        case .api(let error): self.init(kube: error)
        case .elsewhere(let ids, let cause):
            self.init(rolloutHeal: cause)
            hint =
                "it is in \(ids.count == 1 ? "namespace" : "namespaces") "
                + ids.prefix(5).map(\.namespace).joined(separator: ", ") + (ids.count > 5 ? " and others" : "")
                + ": name it as \(ids.count == 1 ? ids[0].namespace : "NAMESPACE")/\(ids[0].name)"
        case .unjudged(_, let cause):
            self.init(rolloutHeal: cause)
            message = error.message
        case .outcomeUnknown(_, let cause):
            self.init(rolloutHeal: cause)
            message = error.message
            // An interruption prints nothing, but this one leaves something behind.
            if status == .interrupted { status = .failed }
        case .keepsChanging:
            self.init(message: error.message, hint: "try again when no other client is changing it", status: .failed)
        case .clocksApart:
            self.init(message: error.message, hint: "correct the clock that is wrong", status: .failed)
        case .tooSlow:
            self.init(
                message: error.message,
                hint: "the API server, the network, or the credential plugin is slow: see -v 6",
                status: .failed)
        case .noNamespace:
            self.init(
                message: error.message, hint: "kubectl get namespaces --show-labels shows what could match",
                status: .failed)
        case .undecodable, .file: self.init(message: error.message, status: .failed)
        }
    }

    /// Output of the command parser: help, or a usage error.
    private init(parser error: any Error) {
        if RootCommand.exitCode(for: error).isSuccess {
            let help = RootCommand.fullMessage(for: error)
            let text = help.replacing("kubectl-rollout_heal help <sub", with: "kubectl rollout-heal help <sub")
            let pointer = text.contains("\n  -n, --namespace") ? "\n" + ConnectionOptions.pointer : ""
            self.init(message: text + pointer, status: .success, isOutput: true)
        } else {
            self.init(
                message: RootCommand.message(for: error).withoutErrorPrefix,
                hint: "see 'kubectl rollout-heal --help'", status: .usage)
        }
    }

    /// Prints the report and returns the exit status. An interruption prints nothing.
    ///
    /// - Parameter context: the context the error came from, if several are used; the report is then one line.
    func print(on console: Console, context: String? = nil) -> ExitStatus {
        if isOutput {
            console.out(message + "\n")
        } else if status != .interrupted {
            if let context {
                let text = message + (hint.map { " (\($0))" } ?? "")
                let words = text.split(whereSeparator: \.isNewline).map { String($0).safeForTerminal }
                console.err("error: \(context.safeForTerminal): \(words.joined(separator: " "))\n")
            } else {
                console.err((isSentence ? "" : "error: ") + message.linesSafeForTerminal + "\n")
                if let hint { console.err("hint: \(hint.linesSafeForTerminal)\n") }
            }
        }
        return status
    }

    static func evidenceWarning(namespace: String, context: String? = nil) -> String {
        let place = context.map { "\($0.safeForTerminal): " } ?? ""
        return """
            \(place)warning: ReplicaSets in namespace \(namespace.safeForTerminal) cannot be read, so nothing is proven; \
            Rollouts that would be stuck or unavailable are shown as unproven
            \(place)hint: grant verb list on resource replicasets in API group apps

            """
    }
}

extension String {
    fileprivate var withoutErrorPrefix: String {
        hasPrefix("Error: ") ? String(dropFirst("Error: ".count)) : self
    }

    /// Like ``safeForTerminal``, for each line: our own messages may have several.
    fileprivate var linesSafeForTerminal: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).safeForTerminal }
            .joined(separator: "\n")
    }
}

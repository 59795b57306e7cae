internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct DoctorCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check rights, the argo-rollouts controller and its known faults, and our own installation.",
        usage: "kubectl rollout-heal doctor [flags]",
        discussion: """
            Writes nothing. The exit status is 0 if there is no problem, though there may be warnings; 3 if a right of
            yours is missing, or you are not logged in; 1 for any other problem. What cannot be checked is "unknown",
            with the reason.

            EXAMPLES:
              kubectl rollout-heal doctor -A               # for all namespaces
              kubectl rollout-heal doctor -n shop          # for rights in one namespace
              kubectl rollout-heal doctor -A --for heal    # only what heal needs
              kubectl rollout-heal doctor -A --for watch-heal --opt-in
              kubectl rollout-heal doctor -A -o json
              kubectl rollout-heal doctor -A --contexts 'prod-*'
            """)

    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "Check rights in all namespaces.")
    var allNamespaces = false

    @Option(
        name: .customLong("for"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Check the rights of these modes only: list, watch, heal or watch-heal; may be repeated.",
            valueName: "mode"))
    var modes: [DoctorMode] = []

    @Flag(help: "Also check the rights that --opt-in takes.")
    var optIn = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("With -A, also check the rights that --namespace-selector takes.", valueName: "selector"))
    var namespaceSelector: String?

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "Output format: json or yaml.")
    var output: String?

    @OptionGroup var coloring: ColorOption

    @OptionGroup var contexts: ContextsOption

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let report = CheckReport(
            format: try outputFormat(output, allowed: [.table, .json, .yaml]), style: Style(coloring.color, world))
        if contexts.isGiven {
            try contexts.check(against: connection)
            _ = try contexts.patterns()
        }
        try connection.checkNamespace()
        if namespaceSelector != nil, !allNamespaces {
            throw UsageError.conflict("--namespace-selector requires --all-namespaces")
        }
        return try await interruptible {
            let results = try await world.withProgress { world, line in
                guard contexts.isGiven else { return [try await check(connection, world)] }
                let clusters = SeveralClusters(contexts: contexts, connection: connection)
                return try await clusters.each(world, line) { context, options, world, _ in
                    await check(context: context, options, world)
                }
            }
            try Task.checkCancellation()
            return report.print(results, on: world.console)
        }
    }

    private func check(context: String, _ options: ConnectionOptions, _ world: World) async -> ClusterChecks {
        do {
            var result = try await check(options, world)
            result.context = context
            return result
        } catch {
            return ClusterChecks(context: context, failure: error)
        }
    }

    private func check(_ options: ConnectionOptions, _ world: World) async throws -> ClusterChecks {
        let session = try Session(options, as: .doctor, in: world, warnsOfFiles: !contexts.isGiven)
        let doctor = Doctor(
            session.api,
            .init(
                namespace: allNamespaces ? nil : session.connection.namespace,
                modes: modes.isEmpty ? DoctorMode.allCases : modes.uniqued(),
                flags: NamespaceFlags(optsIn: optIn, selects: namespaceSelector != nil), version: BuildInfo.version,
                readArguments: OwnArguments.read))
        return ClusterChecks(checks: try await doctor.checks())
    }
}

extension DoctorMode: ExpressibleByArgument {}

internal import ArgumentParser
internal import RolloutHeal

/// Whether writes are sent and stored.
struct DryRunOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("none, client (send nothing) or server (send, persist nothing), written --dry-run=client."))
    var dryRun = RestartOutcome.DryRun.none
}

extension RestartOutcome.DryRun: ExpressibleByArgument {}

/// Whether to write without asking.
struct ConfirmationOption: ParsableArguments {
    @Flag(name: [.short, .customLong("yes")], help: "Do not ask for confirmation.")
    var yes = false
}

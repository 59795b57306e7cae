internal import ArgumentParser

/// Whether steps are recorded on the Rollout.
struct EventsOption: ParsableArguments {
    @Flag(help: "Write no Kubernetes Events about what is done to a Rollout.")
    var noEvents = false
}

internal import Formats
internal import RolloutHeal
internal import Rollouts

/// What `list` found in one place: a cluster, or a file.
struct Findings: Sendable {
    /// The context, where several are shown together.
    var context: String?
    var found: [Assessment] = []
    /// What could not be read; the rest stands.
    var failures: [any Error] = []
    var leftOut = LeftOut()
    /// Nil is all.
    var namespace: String?
    /// The API server's time, which ages count from.
    var now: Timestamp
}

internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The result of `list` in one place: a cluster or a file.
struct Findings: Sendable {
    /// The kubeconfig context, if several clusters are shown together.
    var context: String?
    var found: [Assessment] = []
    /// Errors of objects that could not be read; the other results remain valid.
    var failures: [any Error] = []
    var leftOut = LeftOut()
    /// Rollouts found in a place other than the requested one.
    var moved: [MovedName] = []
    /// Nil means all namespaces.
    var namespace: String?
    /// The API server's time, from which ages are computed.
    var now: Timestamp
}

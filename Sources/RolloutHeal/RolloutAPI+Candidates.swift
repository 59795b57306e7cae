internal import KubeClient
internal import Rollouts

extension RolloutAPI {
    /// Returns the Rollouts that a writing command may act on: the named ones, or all in `scope` that are `wanted`.
    ///
    /// - Parameters:
    ///   - progress: called whenever more of the list has arrived; not for names.
    ///   - canBeWanted: called with an object's JSON; if false, the object is not decoded. With an application, its
    /// metadata is decoded first, because the marks of healthy Rollouts count too.
    func candidates(
        _ scope: Scope, progress: (@Sendable (ListProgress) -> Void)?, canBeWanted: ([UInt8]) -> Bool,
        wanted: (Rollout) -> Bool
    ) async throws(RolloutHealError) -> ReadRollouts {
        guard scope.names.isEmpty else { return try await rollouts(named: scope) }
        guard var search = scope.application?.search else {
            return try await rollouts(in: scope, .latest, progress: progress, canBeWanted: canBeWanted, wanted: wanted)
        }
        var read = try await rollouts(
            in: scope, .latest, progress: progress,
            canBeWanted: { json in
                search.mayMean((try? decodeObject(Marked.self, from: json))?.metadata) && canBeWanted(json)
            }, wanted: wanted)
        read.application = search.result
        read.found.removeAll { !search.means($0) }
        return read
    }
}

/// The metadata of a Rollout, which contains the marks of Argo CD.
private struct Marked: Decodable {
    var metadata: Rollout.Metadata
}

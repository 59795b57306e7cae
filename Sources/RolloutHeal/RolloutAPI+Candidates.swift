internal import KubeClient
internal import Rollouts

extension RolloutAPI {
    /// The Rollouts that a command which writes may act on: those named, or all in `scope` that are `wanted`.
    ///
    /// - Parameters:
    ///   - progress: told whenever more of the list has come; not where names are asked for.
    ///   - canBeWanted: what is false of an object's JSON keeps it from being decoded, all but its marks where an application
    ///     is asked for: healthy ones tell what is marked too.
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

/// Of a Rollout, what its marks are among.
private struct Marked: Decodable {
    var metadata: Rollout.Metadata
}

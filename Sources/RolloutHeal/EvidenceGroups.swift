internal import Rollouts

/// Which ReplicaSets to ask for while a list of Rollouts still arrives.
///
/// API servers send a list namespace by namespace, so one request serves all Rollouts of a namespace as soon as the list
/// goes on to the next one. Old servers send cached lists in no order: what comes after its namespace was asked for
/// waits for the end.
struct EvidenceGroups {
    private struct Group {
        var namespace: String
        var mark: BytePattern
        var rollouts: [Rollout]
    }

    private var open: Group?
    private var asked: Set<String> = []
    private var late: [Rollout] = []

    /// Takes the JSON of the next item; returns the request for the Rollouts before it if it is in another namespace.
    ///
    /// The name is searched anywhere in the item. Where it occurs by chance, the request is only later.
    mutating func passes(_ json: [UInt8]) -> [RolloutAPI.EvidenceRequest] {
        guard let group = open, group.mark.firstPlace(in: json) == nil else { return [] }
        return close()
    }

    /// Adds a Rollout that needs evidence; returns the request for those before it if it is in another namespace.
    mutating func add(_ rollout: Rollout) -> [RolloutAPI.EvidenceRequest] {
        let namespace = rollout.metadata.namespace ?? ""
        if open?.namespace == namespace {
            open?.rollouts.append(rollout)
            return []
        }
        let request = close()
        if asked.contains(namespace) {
            late.append(rollout)
        } else {
            open = Group(
                namespace: namespace, mark: BytePattern("\"namespace\":\"\(namespace)\""), rollouts: [rollout])
        }
        return request
    }

    /// Returns the requests for the rest at the end of the list.
    mutating func finish() -> [RolloutAPI.EvidenceRequest] {
        defer { self = EvidenceGroups() }
        return RolloutAPI.requests(for: late + (open?.rollouts ?? []))
    }

    private mutating func close() -> [RolloutAPI.EvidenceRequest] {
        guard let group = open else { return [] }
        open = nil
        asked.insert(group.namespace)
        return RolloutAPI.requests(for: group.rollouts)
    }
}

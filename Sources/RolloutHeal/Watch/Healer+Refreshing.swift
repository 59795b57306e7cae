internal import KubeClient
internal import Rollouts

/// The writes of a refresh, for what is still as it was judged.
extension Healer {
    func refresh(_ order: RefreshOrder) async {
        do throws(RolloutHealError) {
            refreshed(order, try await result(of: order))
        } catch .api(.cancelled) {
            return  // cut off at the end: what was written shows on the objects
        } catch {
            var result = RefreshResult()
            if error.saysNotFound { result.isOvertaken = true } else { result.failure = error.message }
            refreshed(order, result)
        }
    }

    private func result(of order: RefreshOrder) async throws(RolloutHealError) -> RefreshResult {
        var result = RefreshResult()
        result.isOvertaken = true
        guard mayWrite else { return result }
        // The watch may be behind: what has healed meanwhile needs nothing.
        let rollout = order.rollout
        let stored = try await api.rollout(namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name)
        guard stored.metadata.uid == rollout.metadata.uid, stored.isAlike(rollout) else { return result }
        let mayWrite: @Sendable () -> Bool = { self.mayWrite }
        let writes =
            switch order.step {
            case .first: try await api.refresh(rollout, order.plan, isStillWanted: mayWrite)
            case .label: try await api.label(rollout, order.plan.mark, isStillWanted: mayWrite)
            }
        result.replicaSets = writes.replicaSets
        result.hasLabel = writes.hasLabel
        result.missingRights = writes.missingRights
        result.isOvertaken = writes.failure == .api(.overtaken) && writes.isNothing
        if writes.failure != .api(.overtaken) { result.failure = writes.failure?.message }
        return result
    }
}

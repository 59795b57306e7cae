internal import KubeClient
internal import Rollouts

/// Writes refreshes, if the Rollout has not changed since it was judged.
extension Healer {
    func refresh(_ order: RefreshOrder) async {
        do throws(RolloutHealError) {
            refreshed(order, try await result(of: order))
        } catch .api(.cancelled) {
            return  // cancelled at the end: the objects show what was written
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
        // The watch may lag: a Rollout that has healed since needs no refresh.
        let rollout = order.rollout
        let stored = try await api.rollout(namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name)
        guard stored.metadata.uid == rollout.metadata.uid, stored.isAlike(rollout) else { return result }
        let rule = list.settings.rule
        let isStillWanted: @Sendable () -> Bool = { [self] in
            mayWrite && rule.closedWindow(for: order.plan, now: api.now) == nil
        }
        let writes =
            switch order.step {
            case .first: try await api.refresh(rollout, order.plan, isStillWanted: isStillWanted)
            case .label: try await api.label(rollout, order.plan.mark, isStillWanted: isStillWanted)
            }
        result.replicaSets = writes.replicaSets
        result.hasLabel = writes.hasLabel
        result.missingRights = writes.missingRights
        result.isOvertaken = writes.failure == .api(.overtaken) && writes.isNothing
        if writes.failure != .api(.overtaken) { result.failure = writes.failure?.message }
        return result
    }
}

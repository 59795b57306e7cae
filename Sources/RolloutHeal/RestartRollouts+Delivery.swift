internal import KubeClient
internal import Rollouts
internal import Synchronization

/// A patch that the server may have is not abandoned: an interruption waits for its answer.
extension RestartRollouts {
    /// Waits for the controller to observe the first of many restarts; an interruption does not change the result.
    func observed(_ rollout: Rollout, _ result: RestartOutcome.Result) async -> RestartOutcome.Result {
        guard case .restarted(let restartAt, _, let generation?) = result,
            case .no(let isTakenBack)? = try? await observed(rollout, restartAt, generation: generation)
        else { return result }
        return .unobserved(isTakenBack: isTakenBack)
    }

    /// Sends `patch` in a task of its own. A cancellation before the body is sent keeps it from being sent; a later one
    /// waits for the answer, at most ``grace``.
    ///
    /// - Throws: ``KubeError/cancelled``; if `delivery` has begun, the server may still store the patch.
    func deliver(
        _ patch: RestartPatch, to rollout: Rollout, by delivery: Delivery, isStillWanted: @escaping @Sendable () -> Bool
    ) async throws(KubeError) -> Rollout {
        let sending = Task { [api, dryRun] in
            do throws(KubeError) {
                let stored = try await api.send(
                    patch, to: rollout, isDryRun: dryRun == .server,
                    isStillWanted: { isStillWanted() && !delivery.isCancelled }, begins: delivery.begin)
                return Result<Rollout, KubeError>.success(stored)
            } catch {
                return .failure(error)
            }
        }
        let answer = await withTaskCancellationHandler {
            await sending.value
        } onCancel: { [grace] in
            guard delivery.cancel(), grace > .zero else { return sending.cancel() }
            // In real time: it is a bound for what happens outside, not a step of the work.
            Task {
                try? await Task.sleep(for: grace)
                sending.cancel()
            }
        }
        return try answer.get()
    }

    /// Returns the outcome after `error`: a restart without a response may have been stored meanwhile.
    func left(
        _ rollout: Rollout, _ open: OpenRestarts, by error: RolloutHealError
    ) async -> RestartOutcome.Result {
        if open.isEmpty { return .failed(error) }
        // In a separate task, because this one may be cancelled, and its requests with it.
        let prompt = RestartRollouts(api.promptly(grace), rule: rule)
        let stored = await Task { try? await prompt.reread(rollout) }.value
        return stored.flatMap(open.found) ?? .failed(.outcomeUnknown(of: RolloutID(rollout), because: error))
    }

    /// Why the Rollout is left alone after all, if its namespace has withdrawn its opt-in since that was read.
    func withdrawnOptIn(of rollout: Rollout) async throws(RolloutHealError) -> String? {
        guard let optIn = rule.optIn else { return nil }
        var rule = rule
        rule.optIn = try await api.optIn(optIn, for: rollout)
        return rule.leavesAlone(rollout)
    }

    /// Whether a patch may be on its way to the server.
    final class Delivery: Sendable {
        private let state = Mutex((hasBegun: false, isCancelled: false))

        var hasBegun: Bool { state.withLock { $0.hasBegun } }
        var isCancelled: Bool { state.withLock { $0.isCancelled } }

        /// Called right before the body is sent; false after a cancellation.
        func begin() -> Bool {
            state.withLock { state in
                if state.isCancelled { return false }
                state.hasBegun = true
                return true
            }
        }

        /// Keeps what has not begun from beginning; returns whether it has begun.
        func cancel() -> Bool {
            state.withLock { state in
                state.isCancelled = true
                return state.hasBegun
            }
        }
    }
}

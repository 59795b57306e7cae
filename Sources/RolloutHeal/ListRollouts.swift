package import KubeClient
package import Rollouts

/// Finds the Rollouts that match the rule or have a stale view, judged by their live ReplicaSets.
package struct ListRollouts: Sendable {
    package struct Result: Sendable {
        /// By namespace, then name.
        package var found: [Assessment]
        package var failures: [ReadRollouts.Failure]
        package var leftOut = LeftOut()
        /// Rollouts found in a namespace other than the requested one.
        package var moved: [MovedName] = []
    }

    private let api: RolloutAPI
    private let rule: HealRule
    /// Whether all Rollouts are requested, not only those that match.
    private let all: Bool
    private let freshness: ListOptions.Freshness

    package init(_ api: RolloutAPI, rule: HealRule, all: Bool = false, freshness: ListOptions.Freshness = .latest) {
        self.api = api
        self.rule = rule
        self.all = all
        self.freshness = freshness
    }

    /// - Parameters:
    ///   - progress: called whenever more of the list has arrived; not if names are given.
    ///   - early: called with the Rollouts that have a final diagnosis while others are unsettled, by namespace, then
    ///     name; the result contains them, too. Not called if all have a final diagnosis at once.
    package func list(
        _ scope: Scope, progress: (@Sendable (ListProgress) -> Void)? = nil,
        early: ([Assessment]) async -> Void = { _ in }
    ) async throws(RolloutHealError) -> Result {
        // A Rollout requested by name is always shown.
        let judgements = Judgements(api, rule: rule, all: all || !scope.names.isEmpty)
        let read: ReadRollouts
        if scope.names.isEmpty {
            read = try await readAndJudge(scope, judgements, progress: progress)
        } else {
            read = try await api.rollouts(named: scope, takesElsewhere: true)
            judgements.take(read.found, try await api.answers(for: read.found, always: true))
        }
        if !judgements.unsure.isEmpty { await early(judgements.sure) }
        try await readAgain(judgements.outdated, judgements, scope)
        try await api.untilSettled {
            judgements.unsettled
        } take: {
            judgements.take($0, $1)
        }
        // Its evidence is newer than the Rollout, which may have been changed or deleted since.
        try await readAgain(judgements.unsure, judgements, scope)
        var result = Result(found: [], failures: read.failures)
        result.leftOut.degraded = read.otherDegraded
        result.moved = read.moved
        judgements.add(to: &result)
        result.leftOut.unjudged = result.failures.filter { !$0.error.saysNotFound }.reduce(0) { $0 + $1.count }
        return result
    }

    private func readAgain(
        _ rollouts: [Rollout], _ judgements: Judgements, _ scope: Scope
    ) async throws(RolloutHealError) {
        _ = try await inParallel(rollouts) { rollout async throws(RolloutHealError) in
            judgements.take(RolloutID(rollout), try await api.readAgain(rollout, of: scope))
        }
    }

    /// Reads the evidence of one namespace while the list goes on with the next ones.
    ///
    /// A list is one snapshot, taken before the server sends any of it: evidence that is asked for when a Rollout has
    /// arrived is newer than each Rollout of that list. One that starts over is another snapshot.
    private func readAndJudge(
        _ scope: Scope, _ judgements: Judgements, progress: (@Sendable (ListProgress) -> Void)?
    ) async throws(RolloutHealError) -> ReadRollouts {
        let (requests, input) = AsyncStream.makeStream(of: ListedRequest.self)
        // Cancelled if the list fails.
        async let reading: Void = answer(requests, judgements)
        var groups = EvidenceGroups()
        func ask(_ requests: [RolloutAPI.EvidenceRequest]) {
            for request in requests { input.yield(ListedRequest(request: request, list: judgements.list)) }
        }
        let read = try await api.rollouts(
            in: scope, freshness, progress: progress,
            startedOver: {
                groups = EvidenceGroups()
                judgements.startOver()
            },
            canBeWanted: { json in
                ask(groups.passes(json))
                return all || !Rollout.isPlainlyWell(json)
            },
            wanted: { rollout in
                guard all || rollout.mayNeedAttention else { return false }
                if all || rollout.needsLook {
                    ask(groups.add(rollout))
                } else {
                    judgements.take([rollout], [:])
                }
                return true
            })
        ask(groups.finish())
        input.finish()
        await reading
        if Task.isCancelled { throw .api(.cancelled) }
        return read
    }

    private struct ListedRequest {
        var request: RolloutAPI.EvidenceRequest
        var list: Int
    }

    private func answer(_ requests: AsyncStream<ListedRequest>, _ judgements: Judgements) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await next in requests where next.list == judgements.list {
                if running == RolloutAPI.parallelism {
                    await group.next()
                } else {
                    running += 1
                }
                group.addTask {
                    let answers = await api.answers(to: next.request)
                    judgements.take(next.request.rollouts, answers, of: next.list)
                }
            }
        }
    }
}

extension RolloutAPI {
    /// The number of Rollouts in `scope`, without reading all of them; nil if the server does not give it.
    package func count(in scope: Scope) async -> Int? {
        // No server gives the remaining number for a selector.
        if scope.labelSelector != nil || scope.namespaceSelector != nil { return nil }
        let (totals, input) = AsyncStream.makeStream(of: Int.self)
        let asking = Task {
            let options = ListOptions(namespace: scope.namespace, pageSize: 1)
            var objects = client.list(Self.rollouts, options) { $0.total.map { _ = input.yield($0) } }
                .makeAsyncIterator()
            // The second item is on the second page, so the end of the first, with the remaining number, has been read.
            for _ in 0..<2 where (try? await objects.next()) == nil { break }
            input.finish()
        }
        return await withTaskCancellationHandler {
            defer { asking.cancel() }
            return await totals.first { _ in true }
        } onCancel: {
            asking.cancel()
        }
    }
}

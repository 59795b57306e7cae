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
        let read =
            try await scope.names.isEmpty
            ? api.rollouts(
                in: scope, freshness, progress: progress, canBeWanted: { all || !Rollout.isPlainlyWell($0) },
                wanted: isWanted
            )
            : api.rollouts(named: scope, takesElsewhere: true)
        var result = Result(found: [], failures: read.failures)
        result.leftOut.degraded = read.otherDegraded
        result.moved = read.moved
        // A Rollout requested by name is always shown.
        try await judge(read.found, &result, all: all || !scope.names.isEmpty, early: early)
        result.leftOut.unjudged = result.failures.filter { !$0.error.saysNotFound }.reduce(0) { $0 + $1.count }
        return result
    }

    private func isWanted(_ rollout: Rollout) -> Bool {
        all || rollout.mayNeedAttention
    }

    /// Judges the Rollouts; those whose ReplicaSets cannot be read are failures, one for each distinct error.
    private func judge(
        _ rollouts: [Rollout], _ result: inout Result, all: Bool, early: ([Assessment]) async -> Void
    ) async throws(RolloutHealError) {
        let evidence = try await api.evidence(for: rollouts, always: all) { answers in
            var sure = Result(found: [], failures: [])
            add(rollouts.filter { answers[RolloutID($0)] != nil }, answers, to: &sure, all: all)
            await early(sure.found)
        }
        add(rollouts, evidence, to: &result, all: all)
    }

    private func add(_ rollouts: [Rollout], _ evidence: RolloutAPI.Answers, to result: inout Result, all: Bool) {
        let now = api.now
        var failures: [(error: RolloutHealError, ids: [RolloutID])] = []
        for rollout in rollouts {
            let id = RolloutID(rollout)
            switch evidence[id] ?? .success(.notGiven) {
            case .success(let evidence):
                let assessment = Assessment(rollout, evidence, by: rule, now: now)
                if all || assessment.needsAttention {
                    result.found.append(assessment)
                } else if rollout.isDegraded {
                    result.leftOut.degraded += 1
                }
            case .failure(let error):
                if let place = failures.firstIndex(where: { $0.error == error }) {
                    failures[place].ids.append(id)
                } else {
                    failures.append((error, [id]))
                }
            }
        }
        result.failures += failures.map { error, ids in
            .init(id: ids[0], error: .unjudged(ids.sorted(), because: error))
        }
        result.found.sort { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
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

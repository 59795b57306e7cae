package import KubeClient
package import Rollouts

/// Finds the Rollouts that match the rule or that the controller sees wrongly, judging each by its live ReplicaSets.
package struct ListRollouts: Sendable {
    package struct Result: Sendable {
        /// By namespace, then name.
        package var found: [Assessment]
        package var failures: [ReadRollouts.Failure]
        package var leftOut = LeftOut()
        /// Shown, though they are not where they were asked for.
        package var moved: [MovedName] = []
    }

    private let api: RolloutAPI
    private let rule: HealRule
    /// Whether every Rollout is wanted, not only those that match.
    private let all: Bool
    private let freshness: ListOptions.Freshness

    package init(_ api: RolloutAPI, rule: HealRule, all: Bool = false, freshness: ListOptions.Freshness = .latest) {
        self.api = api
        self.rule = rule
        self.all = all
        self.freshness = freshness
    }

    /// - Parameters:
    ///   - progress: told whenever more of the list has come; not where names are asked for.
    ///   - early: given those that are judged for good while others are still unsettled, by namespace, then name; the result
    ///     holds them too. Not called where all are judged at once.
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
        // Whoever names one wants to see it, whatever it is.
        try await judge(read.found, &result, all: all || !scope.names.isEmpty, early: early)
        result.leftOut.unjudged = result.failures.filter { !$0.error.saysNotFound }.reduce(0) { $0 + $1.count }
        return result
    }

    private func isWanted(_ rollout: Rollout) -> Bool {
        all || rollout.mayNeedAttention
    }

    /// Those whose ReplicaSets cannot be read are failures, one for all that fail alike.
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
    /// How many Rollouts there are in `scope`, without reading them; nil where the server does not say.
    package func count(in scope: Scope) async -> Int? {
        // Of a selection no server says it.
        if scope.labelSelector != nil { return nil }
        let (totals, input) = AsyncStream.makeStream(of: Int.self)
        let asking = Task {
            let options = ListOptions(namespace: scope.namespace, pageSize: 1)
            var objects = client.list(Self.rollouts, options) { $0.total.map { _ = input.yield($0) } }
                .makeAsyncIterator()
            // Past the first item is past the first page, whose end says how many remain.
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

internal import FoundationEssentials
internal import KubeClient
internal import Rollouts

/// The result of the writes of one refresh.
package struct RefreshWrites: Sendable, Equatable {
    package var replicaSets = 0
    package var hasLabel = false
    /// Whether the first ReplicaSet of the plan, the current one, carries the mark.
    package var hasCurrent = false
    /// The missing rights: `replicasets/status`, `rollouts`.
    package var missingRights: [String] = []
    /// Objects that were deleted or recreated meanwhile, which is no error.
    package var gone = 0
    /// The first refusal or failure; the other writes were tried nevertheless.
    package var failure: RolloutHealError?
    /// What ``failure`` was about, in terms of ``missingRights``.
    package var failedOn: String?

    package var isNothing: Bool { replicaSets == 0 && !hasLabel }

    package mutating func add(_ other: RefreshWrites) {
        replicaSets += other.replicaSets
        hasLabel = hasLabel || other.hasLabel
        hasCurrent = hasCurrent || other.hasCurrent
        for right in other.missingRights where !missingRights.contains(right) { missingRights.append(right) }
        gone += other.gone
        if failure == nil {
            failure = other.failure
            failedOn = other.failedOn
        }
    }

    /// Why no restart may follow an unsuccessful refresh: the current ReplicaSet was not written, so nothing shows that
    /// the controller's view of it was renewed. Nil if it was written.
    var refusal: HealOutcome.Result? {
        if missingRights.contains("replicasets/status") { return .denied(rights: missingRights) }
        return hasCurrent ? nil : failure.map { .failed($0) }
    }
}

/// The writes of a refresh: metadata only, one object at a time.
extension RolloutAPI {
    /// The first pause of client-go's `flowcontrol` is as long.
    private static let firstPause = Duration.milliseconds(200)
    private static let mostTries = 4

    /// Writes the mark of `plan` to the ReplicaSets, and to the Rollout if the plan says so or none was written.
    ///
    /// - Parameters:
    ///   - pace: called before each write; may wait.
    ///   - isStillWanted: called right before each write is sent.
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`; other failures are part of the result.
    func refresh(
        _ rollout: Rollout, _ plan: RefreshPlan, isDryRun: Bool = false,
        pace: @Sendable () async throws(RolloutHealError) -> Void = { () async throws(RolloutHealError) in },
        isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(RolloutHealError) -> RefreshWrites {
        var writes = RefreshWrites(failure: clockError)
        if writes.failure != nil { return writes }
        for target in plan.replicaSets where writes.missingRights.isEmpty {
            try await pace()
            let outcome = try await write(
                RefreshPatch(plan.mark, uid: target.uid, on: .replicaSet), to: Self.replicaSets,
                namespace: rollout.metadata.namespace, name: target.name, subresource: "status", isDryRun: isDryRun,
                isStillWanted: isStillWanted)
            if outcome.isDone {
                writes.replicaSets += 1
                if target == plan.replicaSets.first { writes.hasCurrent = true }
            }
            writes.note(outcome, right: "replicasets/status")
        }
        if plan.labelsAtOnce || (plan.replicaSets.count > 0 && writes.replicaSets == 0) {
            try await pace()
            writes.add(try await label(rollout, plan.mark, isDryRun: isDryRun, isStillWanted: isStillWanted))
        }
        return writes
    }

    /// Writes `mark` to the Rollout only.
    func label(
        _ rollout: Rollout, _ mark: RefreshMark, isDryRun: Bool = false,
        isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(RolloutHealError) -> RefreshWrites {
        var writes = RefreshWrites(failure: clockError)
        guard writes.failure == nil, let uid = rollout.metadata.uid else { return writes }
        let outcome = try await write(
            RefreshPatch(mark, uid: uid, on: .rollout), to: Self.rollouts, namespace: rollout.metadata.namespace,
            name: rollout.metadata.name, isDryRun: isDryRun, isStillWanted: isStillWanted)
        writes.hasLabel = outcome.isDone
        writes.note(outcome, right: "rollouts")
        return writes
    }

    fileprivate enum Outcome {
        case done
        case gone
        case forbidden(KubeError)
        case failed(KubeError)

        var isDone: Bool { if case .done = self { true } else { false } }
    }

    /// Writes one mark. Temporary failures are retried: writing the same value twice does no harm.
    private func write(
        _ patch: RefreshPatch, to resource: APIResource, namespace: String?, name: String, subresource: String? = nil,
        isDryRun: Bool, isStillWanted: @escaping @Sendable () -> Bool
    ) async throws(RolloutHealError) -> Outcome {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(patch) else {
            return .failed(.malformed(what: "the patch cannot be encoded", url: name))
        }
        var wait = Self.firstPause
        for attempt in 1... {
            do throws(KubeError) {
                _ = try await client.patch(
                    resource, namespace: namespace, name: name, subresource: subresource, body: Array(body),
                    fieldManager: Self.fieldManager, isDryRun: isDryRun, isStillWanted: isStillWanted)
                return .done
            } catch {
                if error == .cancelled { throw .api(error) }
                if error.saysGone { return .gone }
                if error.status?.code == 403, !error.isFromAdmission { return .forbidden(error) }
                guard error.mayPass, attempt < Self.mostTries else { return .failed(error) }
                let asked = error.status?.retryAfter ?? .zero
                try await pause(max(asked, wait) * (1 + time.random() * 0.2))
                wait = wait * 2
            }
        }
        return .gone
    }
}

extension RefreshWrites {
    fileprivate mutating func note(_ outcome: RolloutAPI.Outcome, right: String) {
        switch outcome {
        case .done: break
        case .gone: gone += 1
        case .forbidden: missingRights.append(right)
        case .failed(let error):
            guard failure == nil else { return }
            failure = .api(error)
            failedOn = right
        }
    }
}

extension KubeError {
    /// Whether the object was deleted or recreated: the uid in the patch is not that of the stored object.
    fileprivate var saysGone: Bool {
        guard let status, !isFromAdmission else { return false }
        return status.code == 404 || ([409, 422].contains(status.code) && status.message.lowercased().contains("uid"))
    }

    fileprivate var mayPass: Bool {
        guard let code = status?.code else { return leavesOutcomeOpen }
        return code == 429 || code == 409 || code >= 500
    }
}

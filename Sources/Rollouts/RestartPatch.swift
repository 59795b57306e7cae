package import Formats

/// The merge patch that asks for a restart, or takes one back, and fails if the Rollout has moved meanwhile.
package struct RestartPatch: Sendable, Equatable {
    package var resourceVersion: String
    package var uid: String
    /// Nil takes a pending restart back.
    package var restartAt: Timestamp?
    /// When it is written, as a label: the cool-down begins, of a restart that is taken back too.
    package var writtenAt: Timestamp
    /// Count and pod hash, written as labels; nil leaves them.
    package var attempt: Attempt?

    package struct Attempt: Sendable, Equatable {
        package var count: Int
        package var podHash: String
    }

    /// The next restart of `rollout`; nil when it carries neither version nor uid, which no stored object lacks.
    ///
    /// - Parameter now: the API server's time: pods younger than a wrong clock would count as new.
    package static func restart(_ rollout: Rollout, now: Timestamp) -> RestartPatch? {
        guard let resourceVersion = rollout.metadata.resourceVersion, let uid = rollout.metadata.uid else { return nil }
        let attempt = Attempt(count: Attempts(of: rollout, now: now).next, podHash: rollout.podHash ?? "")
        return RestartPatch(
            resourceVersion: resourceVersion, uid: uid, restartAt: now, writtenAt: now, attempt: attempt)
    }

    /// Takes the restart of `rollout` back that is not carried out yet; the count stays, which errs on the side of fewer restarts.
    /// So does a moment that another server's clock has put later than `now`: an earlier one would make the restart look as if
    /// it had healed.
    package static func cancel(_ rollout: Rollout, now: Timestamp) -> RestartPatch? {
        guard let resourceVersion = rollout.metadata.resourceVersion, let uid = rollout.metadata.uid else { return nil }
        let writtenAt = max(now, rollout.markedRestart(now: now) ?? now)
        return RestartPatch(
            resourceVersion: resourceVersion, uid: uid, restartAt: nil, writtenAt: writtenAt, attempt: nil)
    }
}

extension RestartPatch: Encodable {
    private struct Body: Encodable {
        var metadata: Metadata
        var spec: Spec
    }

    private struct Metadata: Encodable {
        var resourceVersion: String
        var uid: String
        var labels: [String: String]
    }

    private struct Spec: Encodable {
        var restartAt: String?

        enum CodingKeys: CodingKey {
            case restartAt
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(restartAt, forKey: .restartAt)  // null, not absent: a merge patch deletes by null
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var labels = [Marks.restartedAt: String(writtenAt.secondsSince1970)]
        if let attempt {
            labels[Marks.restarts] = String(attempt.count)
            labels[Marks.podHash] = attempt.podHash
        }
        let metadata = Metadata(resourceVersion: resourceVersion, uid: uid, labels: labels)
        try Body(metadata: metadata, spec: Spec(restartAt: restartAt?.rfc3339)).encode(to: encoder)
    }
}

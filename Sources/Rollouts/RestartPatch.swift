package import Formats

/// A merge patch that requests a restart or takes one back; it fails if the Rollout has changed.
package struct RestartPatch: Sendable, Equatable {
    package var resourceVersion: String
    package var uid: String
    /// Nil to take a pending restart back.
    package var restartAt: Timestamp?
    /// The time of the write, stored as a label: the cool-down starts, even for a restart that is taken back.
    package var writtenAt: Timestamp
    /// The count and pod hash to store as labels; nil leaves them unchanged.
    package var attempt: Attempt?

    package struct Attempt: Sendable, Equatable {
        package var count: Int
        package var podHash: String
    }

    /// Returns the patch for the next restart; nil if `rollout` lacks resourceVersion or uid, which every stored object
    /// has.
    ///
    /// - Parameter now: the API server's time: with a wrong clock, young pods would count as new.
    package static func restart(_ rollout: Rollout, now: Timestamp) -> RestartPatch? {
        guard let resourceVersion = rollout.metadata.resourceVersion, let uid = rollout.metadata.uid else { return nil }
        let attempt = Attempt(count: Attempts(of: rollout, now: now).next, podHash: rollout.podHash ?? "")
        return RestartPatch(
            resourceVersion: resourceVersion, uid: uid, restartAt: now, writtenAt: now, attempt: attempt)
    }

    /// Returns the patch that takes back the unfinished restart of `rollout`; nil if it lacks resourceVersion or uid.
    ///
    /// The count is kept, which errs towards fewer restarts. So is a restart time later than `now`: an earlier one
    /// would make the restart look as if it had healed.
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

package import Formats

/// So many time-outs at once that their cause is larger than one Rollout, and restarts would add to the load.
package struct Storm: Sendable, Equatable {
    package enum Threshold: Sendable, Equatable {
        /// Percentage of all Rollouts in view; 100 disables the gate.
        case percent(Int)
        case count(Int)
    }

    /// Maximum age of a time-out that counts.
    package static let window = Duration.seconds(15 * 60)
    /// ``window`` in minutes, for messages.
    static var minutes: Int64 { window.components.seconds / 60 }
    /// Maximum time by which the controller's clock may be ahead of the server's.
    private static let clockSkew = Duration.seconds(60)
    /// Minimum number of time-outs in a storm.
    package static let minimum = 5

    package var threshold: Threshold

    package init(threshold: Threshold = .percent(30)) {
        self.threshold = threshold
    }

    /// Parses `30%` or `12`; nil for anything else.
    package init?(threshold text: String) {
        if text.hasSuffix("%") {
            guard let percent = Int(text.dropLast()), (0...100).contains(percent) else { return nil }
            threshold = .percent(percent)
        } else {
            guard let count = Int(text), count >= 0 else { return nil }
            threshold = .count(count)
        }
    }

    /// Whether a time-out that began at `since` counts at `now`, whatever its diagnosis.
    package static func counts(_ since: Timestamp?, now: Timestamp) -> Bool {
        since.map { (.zero - clockSkew...window).contains(now - $0) } ?? false
    }

    /// The count of time-outs in one list of Rollouts.
    package struct Count: Sendable, Equatable {
        /// Number of Rollouts whose time-out counts.
        package var recent: Int
        /// Number of Rollouts in scope.
        package var total: Int
        package var storm: Storm

        /// - Parameter timedOut: the Rollouts that may have timed out.
        package init(_ timedOut: [Rollout], of total: Int, _ storm: Storm, now: Timestamp) {
            recent = timedOut.count { $0.matchesRule && Storm.counts($0.since, now: now) }
            self.total = total
            self.storm = storm
        }

        package var rages: Bool { storm.rages(recent: recent, watched: total) }
    }

    /// - Parameters:
    ///   - recent: number of Rollouts whose time-out counts.
    ///   - watched: number of Rollouts in view.
    package func rages(recent: Int, watched: Int) -> Bool {
        guard recent >= Self.minimum else { return false }
        switch threshold {
        case .percent(100): return false
        case .percent(let percent): return Double(recent) / Double(max(watched, 1)) > Double(percent) / 100
        case .count(let count): return recent > count
        }
    }
}

package import Formats

/// So many time-outs at once that something larger than one Rollout is wrong, and a restart would only add to it.
package struct Storm: Sendable, Equatable {
    package enum Threshold: Sendable, Equatable {
        /// Of all Rollouts watched; 100 is off.
        case percent(Int)
        case count(Int)
    }

    /// The age up to which a time-out counts.
    package static let window = Duration.seconds(15 * 60)
    /// ``window`` for a message.
    static var minutes: Int64 { window.components.seconds / 60 }
    /// By how much a controller's clock may be ahead of the server's.
    private static let clockSkew = Duration.seconds(60)
    /// Fewer are never a storm.
    package static let minimum = 5

    package var threshold: Threshold

    package init(threshold: Threshold = .percent(30)) {
        self.threshold = threshold
    }

    /// Reads `30%` or `12`; nil for anything else.
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

    /// What one look at all that is in scope counts.
    package struct Count: Sendable, Equatable {
        /// Rollouts whose time-out counts.
        package var recent: Int
        /// All Rollouts in scope.
        package var total: Int
        package var storm: Storm

        /// - Parameter timedOut: those among all that may have timed out.
        package init(_ timedOut: [Rollout], of total: Int, _ storm: Storm, now: Timestamp) {
            recent = timedOut.count { $0.matchesRule && Storm.counts($0.since, now: now) }
            self.total = total
            self.storm = storm
        }

        package var rages: Bool { storm.rages(recent: recent, watched: total) }
    }

    /// - Parameters:
    ///   - recent: Rollouts whose time-out counts.
    ///   - watched: all Rollouts in view.
    package func rages(recent: Int, watched: Int) -> Bool {
        guard recent >= Self.minimum else { return false }
        switch threshold {
        case .percent(100): return false
        case .percent(let percent): return Double(recent) / Double(max(watched, 1)) > Double(percent) / 100
        case .count(let count): return recent > count
        }
    }
}

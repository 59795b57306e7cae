package import Formats

/// The requirement that a Rollout or its namespace asks to be healed: `--opt-in`.
package struct OptIn: Sendable, Equatable {
    /// The namespaces that opt in for all their Rollouts.
    package var namespaces: Set<String>
    /// Whether the namespaces could be read; if not, only the Rollouts' own labels and annotations count.
    package var knowsNamespaces: Bool
    /// Whether all namespaces were listed: the right to get a single one may be missing.
    package var isOfAll: Bool

    package init(namespaces: Set<String> = [], knowsNamespaces: Bool = true, isOfAll: Bool = false) {
        self.namespaces = namespaces
        self.knowsNamespaces = knowsNamespaces
        self.isOfAll = isOfAll
    }

    /// Whether labels or annotations of a Rollout or a namespace opt in.
    package static func isGiven(labels: [String: String]?, annotations: [String: String]?) -> Bool {
        labels?[Marks.heal] == "true" || annotations?[Marks.heal] == "true"
    }

    func covers(_ rollout: Rollout) -> Bool {
        rollout.metadata.namespace.map(namespaces.contains) == true || isGiven(by: rollout)
    }

    /// Whether the Rollout opts in itself, whatever its namespace.
    package func isGiven(by rollout: Rollout) -> Bool {
        Self.isGiven(labels: rollout.metadata.labels, annotations: rollout.metadata.annotations)
    }

    /// The reason for holding back a Rollout that is not covered.
    var missing: String {
        let condition = "\(Marks.heal): \"true\""
        return knowsNamespaces
            ? "neither it nor its namespace has \(condition)"
            : "it has no \(condition), and its namespace cannot be read"
    }
}

extension HealRule {
    /// Why the gate `opt-out` is closed for `rollout`; nil if it is open.
    package func leavesAlone(_ rollout: Rollout) -> String? {
        if rollout.isIgnored { return Rollout.optOut }
        guard let optIn, !optIn.covers(rollout) else { return nil }
        return optIn.missing
    }

    /// The gate `window` if it holds a refresh of `rollout` back: only one after which the controller goes on with a
    /// change.
    package func closedWindow(
        forRefreshOf rollout: Rollout, _ evidence: Evidence, now: Timestamp
    ) -> Reading? {
        closedWindow(rollout.consequenceOfRefresh(evidence), now: now)
    }

    /// The same for a planned refresh, right before a write of it.
    package func closedWindow(for plan: RefreshPlan, now: Timestamp) -> Reading? {
        closedWindow(plan.consequence, now: now)
    }

    private func closedWindow(_ consequence: String?, now: Timestamp) -> Reading? {
        let reading = windows.reading(at: now)
        guard reading.isOpen == false, let consequence else { return nil }
        var held = reading
        held.reason += "; after a refresh the controller \(consequence)"
        return held
    }
}

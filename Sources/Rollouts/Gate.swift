package import Formats

/// A condition that can hold a step back. The order is that of evaluation, display and documents.
package enum Gate: String, Sendable, CaseIterable {
    case optOut = "opt-out"
    case deleting
    case policy
    case solePod = "sole-pod"
    case attempts
    case coolDown = "cool-down"
    case settle
    case window
    case budget
    case evictable
    case storm
    case breaker
    case rate

    /// Whether the gate applies to restarts under `policy`: `rule` has only the indispensable ones.
    package func isAsked(under policy: Policy) -> Bool {
        switch policy {
        case .rule: [.optOut, .deleting, .policy, .breaker, .rate].contains(self)
        case .strict: true
        }
    }

    /// What closes the gate, in one sentence, for documents.
    package var meaning: String {
        switch self {
        case .optOut:
            """
            the Rollout has opted out: label or annotation `\(Marks.ignore): "true"`; with `--opt-in`, neither it nor its \
            namespace has `\(Marks.heal): "true"`
            """
        case .deleting: "the Rollout is being deleted"
        case .policy: "the policy does not restart this diagnosis, or no refresh has been tried since the time-out"
        case .solePod: "a restart would evict all pods at once: max(maxUnavailable, 1) is spec.replicas or more"
        case .attempts:
            "the allowed number of restarts for this pod template did not help, or the state labels are malformed"
        case .coolDown: "too soon after the last restart, or after one that was taken back"
        case .settle: "two evidence reads, `--settle` apart, have not yet given the same diagnosis"
        case .window: "outside the hours of `--window`; of a refresh only if the controller then goes on with a change"
        case .budget: "the eviction API would refuse: a PodDisruptionBudget allows nothing, or more than one matches"
        case .evictable: "the controller could evict no pod now: the restart would take effect later"
        case .storm: "so many time-outs at once that something larger is wrong, or the controller lags"
        case .breaker: "the controller has not observed earlier restarts"
        case .rate: "the limit per minute is reached, or another restart is in progress in the namespace"
        }
    }

    /// What a user can do about a closed gate; nil if only waiting helps, or nothing.
    package var remedy: String? {
        switch self {
        case .optOut: "remove \(Marks.ignore); with --opt-in, set \(Marks.heal) to \"true\""
        case .solePod: "--allow-sole-pod allows it"
        case .coolDown: "--cooldown shortens it, down to the progress deadline"
        case .budget: "the PodDisruptionBudgets must allow an eviction"
        case .breaker: "check that the argo-rollouts controller is running"
        case .attempts: "--max-restarts allows more; kubectl rollout-heal explain prints how to reset the count"
        case .storm: "--storm-threshold raises what counts as a storm"
        case .window: "it opens by itself; --window sets the hours"
        case .deleting, .policy, .settle, .evictable, .rate: nil
        }
    }
}

/// The state of one gate for one Rollout.
package struct Reading: Sendable, Equatable {
    package var gate: Gate
    /// Nil if the deciding facts were not read or need time.
    package var isOpen: Bool?
    /// The facts in one sentence.
    package var reason: String
    /// When the gate opens by itself; nil if it does not, or the time is unknown.
    package var opensAt: Timestamp?

    package init(_ gate: Gate, isOpen: Bool?, _ reason: String, opensAt: Timestamp? = nil) {
        self.gate = gate
        self.isOpen = isOpen
        self.reason = reason
        self.opensAt = opensAt
    }
}

/// Determines which Rollouts of a list belong to an Argo CD application. Rollouts are processed as they arrive and not
/// stored; processing one twice, as after a list that starts over, does not change the result.
package struct ApplicationSearch: Sendable, Equatable {
    /// The Rollouts that the application's name selects.
    package enum Result: Sendable, Equatable {
        /// Only the Rollouts of the application.
        case members
        /// None: the application has no Rollout in the list.
        case nobody
        /// All: no Rollout in the list is marked with any application.
        case everybody
    }

    private let name: String
    private let widens: Bool
    private var hasMembers = false
    private var hasMarks = false

    /// - Parameter widens: whether to select all Rollouts, instead of none, if no Rollout is marked with any
    ///   application.
    package init(_ name: String, widens: Bool) {
        self.name = name
        self.widens = widens
    }

    /// Processes a Rollout; returns whether it may be selected, as far as is known by then.
    ///
    /// - Parameter metadata: nil for an unreadable object, which may be marked and may be selected.
    package mutating func mayMean(_ metadata: Rollout.Metadata?) -> Bool {
        let isMember = metadata?.belongs(toApplication: name) ?? false
        if isMember { hasMembers = true }
        guard let metadata, metadata.application == nil else {
            hasMarks = true
            return isMember || metadata == nil
        }
        return widens && !hasMarks
    }

    /// The result after the whole list.
    package var result: Result {
        if hasMembers { return .members }
        return widens && !hasMarks ? .everybody : .nobody
    }

    /// Whether a Rollout for which ``mayMean(_:)`` returned true is selected, after the whole list.
    package func means(_ rollout: Rollout) -> Bool {
        result == .everybody || rollout.belongs(toApplication: name)
    }
}

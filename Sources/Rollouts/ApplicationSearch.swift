/// Which Rollouts of a list are meant by the name of an application of Argo CD. They are taken as they come, and not kept;
/// to take one twice, as where a list starts over, makes no difference.
package struct ApplicationSearch: Sendable, Equatable {
    /// Whom the list turned out to mean.
    package enum Result: Sendable, Equatable {
        /// Those of the application, and no others.
        case members
        /// Nobody: it has none there.
        case nobody
        /// All: none there is marked with any application.
        case everybody
    }

    private let name: String
    private let widens: Bool
    private var hasMembers = false
    private var hasMarks = false

    /// - Parameter widens: where none is marked with any application, all are meant; else nobody is.
    package init(_ name: String, widens: Bool) {
        self.name = name
        self.widens = widens
    }

    /// Takes one more, and says whether it is meant, as far as that can be known by then.
    ///
    /// - Parameter metadata: nil is what cannot be read, which may be marked and may be meant.
    package mutating func mayMean(_ metadata: Rollout.Metadata?) -> Bool {
        let isMember = metadata?.belongs(toApplication: name) ?? false
        if isMember { hasMembers = true }
        guard let metadata, metadata.application == nil else {
            hasMarks = true
            return isMember || metadata == nil
        }
        return widens && !hasMarks
    }

    /// When all have been taken.
    package var result: Result {
        if hasMembers { return .members }
        return widens && !hasMarks ? .everybody : .nobody
    }

    /// Whether one that ``mayMean(_:)`` let through is meant, when all have been taken.
    package func means(_ rollout: Rollout) -> Bool {
        result == .everybody || rollout.belongs(toApplication: name)
    }
}

/// What has been reported about an election, so that only changes are reported.
struct ElectionReports: Sendable {
    private var isLeading = false
    private var holder: String?
    private var troubles: Set<String> = []

    /// The number of distinct error texts after which the set is cleared: such texts do not repeat.
    private static let mostTroubles = 20

    /// Returns what has changed; an error is reported once until a round succeeds.
    mutating func take(
        _ election: LeaseElection, trouble: KubeError? = nil, at uptime: Duration
    ) -> [LeaderElector.Change] {
        var changes: [LeaderElector.Change] = []
        if let trouble, trouble.status?.code != 409 {
            if troubles.count >= Self.mostTroubles { troubles = [] }
            if troubles.insert(trouble.message).inserted { changes.append(.trouble(trouble)) }
        } else if election.isSettled {
            troubles = []
        }
        if isLeading, !election.isLeading(at: uptime) {
            isLeading = false
            changes.append(.lost)
        }
        if let name = election.holder, name != holder {
            holder = name
            changes.append(.holder(name))
        }
        if !isLeading, election.isLeading(at: uptime) {
            isLeading = true
            changes.append(.acquired)
        }
        return changes
    }
}

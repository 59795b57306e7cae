/// What has been told of an election, so that only changes are.
struct ElectionReports: Sendable {
    private var isLeading = false
    private var holder: String?
    private var troubles: Set<String> = []

    /// More texts than that are texts that never repeat.
    private static let mostTroubles = 20

    /// What is new at this moment. A trouble is told once, until an outcome ends a round without one.
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

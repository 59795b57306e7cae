/// Namespaces that come into view, leave it, or opt in, while `watch` runs.
extension Watchlist {
    /// Forgets the Rollouts of a namespace that is no longer selected; they count as excluded. Those with a restart of
    /// ours follow once it has ended, because it must not stay armed.
    package mutating func leave(_ namespace: String, at uptime: Duration) -> [Change] {
        leaving.formUnion(inventory.ids(in: namespace))
        return endLeaving(at: uptime)
    }

    /// Whether a Rollout is still followed, though its namespace is no longer selected.
    package func isLeaving(_ id: RolloutID) -> Bool { leaving.contains(id) }

    /// Forgets those that leave and have no restart of ours any more.
    mutating func endLeaving(at uptime: Duration) -> [Change] {
        leaving.filter { cases[$0].map(hasRestart) != true }.sorted().flatMap { id in
            var moved = Inventory()
            moved.move(id, from: &inventory)
            let changes = remove(id, because: "its namespace is no longer selected", at: uptime)
            excluded.move(id, from: &moved)
            return changes
        }
    }

    private func hasRestart(_ watched: WatchedCase) -> Bool {
        guard settings.heals else { return false }
        return watched.following != nil || watched.work == .restarting || watched.work == .takingBack
            || (settings.restarts && watched.rollout.hasOwnRestart)
    }

    /// Stops counting the Rollouts of a namespace that is selected now as excluded.
    package mutating func include(_ namespace: String) {
        for id in excluded.ids(in: namespace) { excluded.remove(id) }
        leaving = leaving.filter { $0.namespace != namespace }
    }

    /// Takes the namespaces that opt in; Rollouts of those that changed are judged again at once.
    package mutating func optIn(_ optIn: OptIn, at uptime: Duration) {
        guard let before = settings.rule.optIn, before != optIn else { return }
        settings.rule.optIn = optIn
        let changed = before.namespaces.symmetricDifference(optIn.namespaces)
        let isAll = before.knowsNamespaces != optIn.knowsNamespaces
        for id in cases.keys where isAll || changed.contains(id.namespace) {
            cases[id]?.told.causes = []
            cases[id]?.look(atLatest: uptime)
        }
    }
}

/// Namespaces that come into view, leave it, or opt in, while `watch` runs.
extension Watchlist {
    /// Forgets the Rollouts of a namespace that is no longer selected; they count as excluded.
    package mutating func leave(_ namespace: String, at uptime: Duration) -> [Change] {
        inventory.ids(in: namespace).flatMap { id in
            var moved = Inventory()
            moved.move(id, from: &inventory)
            let changes = remove(id, because: "its namespace is no longer selected", at: uptime)
            excluded.move(id, from: &moved)
            return changes
        }
    }

    /// Stops counting a Rollout of a namespace that is selected now.
    package mutating func include(_ namespace: String) {
        for id in excluded.ids(in: namespace) { excluded.remove(id) }
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

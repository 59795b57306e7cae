/// Which Rollouts there are, in as few bytes as hold that: most are well, and there can be a hundred thousand.
struct Inventory: Sendable {
    /// What its phase says of a Rollout, as far as a summary tells.
    enum Condition: UInt8, Sendable {
        case healthy, degraded, onItsWay

        init(_ rollout: Rollout) {
            switch rollout.health.phase {
            case Health.healthy: self = .healthy
            case Health.degraded: self = .degraded
            default: self = .onItsWay
            }
        }
    }

    private struct Entry {
        /// Stands for the uid: two that differ are another Rollout of the same name.
        var uidHash: Int
        var snapshot: UInt32
        var condition: Condition
    }

    /// By namespace, whose name is kept once, then by name.
    private var entries: [String: [String: Entry]] = [:]
    private var snapshot: UInt32 = 0
    private(set) var count = 0
    private(set) var counts: [Condition: Int] = [:]

    /// A list begins.
    mutating func beginSnapshot() {
        snapshot &+= 1
    }

    /// Those that were there before the list began and have not been seen since, in order.
    var unseen: [RolloutID] {
        entries.flatMap { namespace, names in
            names.filter { $0.value.snapshot != snapshot }.keys.map { RolloutID(namespace: namespace, name: $0) }
        }.sorted()
    }

    /// Gives whether another Rollout had this name.
    mutating func insert(_ rollout: Rollout) -> Bool {
        let id = RolloutID(rollout)
        let entry = Entry(
            uidHash: rollout.metadata.uid.hashValue, snapshot: snapshot, condition: Condition(rollout))
        let previous = entries[id.namespace, default: [:]].updateValue(entry, forKey: id.name)
        if previous == nil { count += 1 }
        if let previous { counts[previous.condition, default: 0] -= 1 }
        counts[entry.condition, default: 0] += 1
        return previous.map { $0.uidHash != entry.uidHash } ?? false
    }

    /// It was seen again, whatever it is now.
    mutating func keep(_ id: RolloutID) {
        entries[id.namespace]?[id.name]?.snapshot = snapshot
    }

    mutating func remove(_ id: RolloutID) {
        guard let entry = entries[id.namespace]?.removeValue(forKey: id.name) else { return }
        count -= 1
        counts[entry.condition, default: 0] -= 1
        if entries[id.namespace]?.isEmpty == true { entries[id.namespace] = nil }
    }
}

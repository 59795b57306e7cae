/// All Rollouts in view, with a few bytes for each: most are Healthy, and there can be 100,000.
struct Inventory: Sendable {
    /// The phase of a Rollout, reduced to what a summary distinguishes.
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
        /// Hash of the uid; a different one means another Rollout of the same name.
        var uidHash: Int
        var snapshot: UInt32
        var condition: Condition
    }

    /// By namespace, then by name, so that each namespace is stored once.
    private var entries: [String: [String: Entry]] = [:]
    private var snapshot: UInt32 = 0
    private(set) var count = 0
    private(set) var counts: [Condition: Int] = [:]

    /// Begins a new list.
    mutating func beginSnapshot() {
        snapshot &+= 1
    }

    /// Rollouts from before the list began that it has not contained, in order.
    var unseen: [RolloutID] {
        entries.flatMap { namespace, names in
            names.filter { $0.value.snapshot != snapshot }.keys.map { RolloutID(namespace: namespace, name: $0) }
        }.sorted()
    }

    /// Adds or updates a Rollout; returns whether another Rollout had this name.
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

    /// Notes that the Rollout still exists, without changing its condition.
    mutating func keep(_ id: RolloutID) {
        entries[id.namespace]?[id.name]?.snapshot = snapshot
    }

    /// The Rollouts of a namespace, in order.
    func ids(in namespace: String) -> [RolloutID] {
        (entries[namespace] ?? [:]).keys.sorted().map { RolloutID(namespace: namespace, name: $0) }
    }

    /// Takes one Rollout over from `other`, as it is there.
    mutating func move(_ id: RolloutID, from other: inout Inventory) {
        guard var entry = other.entries[id.namespace]?[id.name] else { return }
        other.remove(id)
        remove(id)
        entry.snapshot = snapshot
        entries[id.namespace, default: [:]][id.name] = entry
        count += 1
        counts[entry.condition, default: 0] += 1
    }

    mutating func remove(_ id: RolloutID) {
        guard let entry = entries[id.namespace]?.removeValue(forKey: id.name) else { return }
        count -= 1
        counts[entry.condition, default: 0] -= 1
        if entries[id.namespace]?.isEmpty == true { entries[id.namespace] = nil }
    }
}

internal import Rollouts

/// Counts repeated Events instead of writing them again, and limits their number for each Rollout.
///
/// The essentials of client-go's `record.EventCorrelator` (tools/record/events_cache.go), with its numbers: a repeated
/// Event raises the count of the first; after 10 that differ in their notes only, one Event stands for the further
/// ones; more than 25, and then one every 5 minutes, are dropped.
struct EventCorrelator: Sendable {
    /// What is counted as the same: everything but the note.
    struct Subject: Hashable, Sendable {
        var id: RolloutID
        var uid: String?
        var reason: String
        var action: String
        var type: String
    }

    enum Decision: Equatable, Sendable {
        case drop
        case create(note: String)
        /// Raise the count of the Event with this name.
        case count(name: String, Int)
    }

    private struct Key: Hashable {
        var subject: Subject
        var note: String
    }

    private struct Entry {
        var name: String
        var count: Int
        var last: Duration
    }

    static let window = Duration.seconds(600)
    static let mostSimilar = 10
    static let burst = 25.0
    static let refill = Duration.seconds(300)
    /// client-go `maxLruCacheEntries`.
    static let mostEntries = 4096
    static let prefix = "(combined from similar Events): "

    private var entries: [Key: Entry] = [:]
    private var similar: [Subject: (notes: Set<String>, last: Duration)] = [:]
    /// Events that may still be written about a Rollout, and the uptime of that count.
    private var allowance: [RolloutID: (left: Double, at: Duration)] = [:]

    /// Number of entries kept.
    var size: Int { entries.count + similar.count + allowance.count }

    /// - Parameter name: of the Event if it is created.
    mutating func decide(_ subject: Subject, note: String, name: String, at uptime: Duration) -> Decision {
        forget(before: uptime - Self.window)
        guard isAllowed(subject.id, at: uptime) else { return .drop }
        var notes = similar[subject]?.notes ?? []
        if notes.count < Self.mostSimilar { notes.insert(note) }
        similar[subject] = (notes, uptime)
        // All further notes share one Event, which shows the first of them.
        let isCombined = !notes.contains(note)
        let key = Key(subject: subject, note: isCombined ? Self.prefix : note)
        guard var entry = entries[key] else {
            entries[key] = Entry(name: name, count: 1, last: uptime)
            return .create(note: isCombined ? Self.prefix + note : note)
        }
        entry.count += 1
        entry.last = uptime
        entries[key] = entry
        return .count(name: entry.name, entry.count)
    }

    /// Replaces an Event that the server no longer has; returns the note of the new one, which is to say `note`.
    mutating func replaced(_ name: String, by newName: String, note: String) -> String {
        guard let key = entries.first(where: { $0.value.name == name })?.key else { return note }
        entries[key]?.name = newName
        entries[key]?.count = 1
        return key.note == Self.prefix ? Self.prefix + note : note
    }

    private mutating func isAllowed(_ id: RolloutID, at uptime: Duration) -> Bool {
        let known = allowance[id] ?? (Self.burst, uptime)
        let left = min(Self.burst, known.left + (uptime - known.at) / Self.refill)
        allowance[id] = (left >= 1 ? left - 1 : left, uptime)
        return left >= 1
    }

    private mutating func forget(before start: Duration) {
        guard entries.count + similar.count + allowance.count > 0 else { return }
        entries = entries.filter { $0.value.last >= start }
        similar = similar.filter { $0.value.last >= start }
        if entries.count >= Self.mostEntries { entries.removeAll() }
        if similar.count >= Self.mostEntries { similar.removeAll() }
        // Full again after this time.
        let full = start + Self.window - Self.refill * Int(Self.burst)
        if allowance.count >= Self.mostEntries { allowance = allowance.filter { $0.value.at >= full } }
        if allowance.count >= Self.mostEntries { allowance.removeAll() }
    }
}

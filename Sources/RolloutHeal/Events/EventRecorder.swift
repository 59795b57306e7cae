internal import Formats
internal import FoundationEssentials
internal import KubeClient
package import Rollouts

/// Records the steps on a Rollout as Kubernetes Events, for `kubectl describe`; best effort, and never delays a heal.
///
/// A repeated Event raises the count of the first, as with client-go: ``EventCorrelator``.
package struct EventRecorder: Sendable {
    private static let events = APIResource(group: "events.k8s.io", version: "v1", plural: "events")
    /// Maximum number of Events waiting to be written; further ones are dropped.
    private static let longestQueue = 1000
    private static let maxTries = 3
    /// The API's limit on `note`, in bytes.
    fileprivate static let longestNote = 1024

    private let api: RolloutAPI
    /// The process that reports, at most 128 bytes.
    private let instance: String
    private let warn: @Sendable (RolloutHealError) -> Void
    private let queue: AsyncStream<Event>
    private let input: AsyncStream<Event>.Continuation

    /// - Parameter warn: called once if Events may not be written.
    package init(_ api: RolloutAPI, instance: String, warn: @escaping @Sendable (RolloutHealError) -> Void) {
        self.api = api
        self.instance = String(instance.prefix(128))
        self.warn = warn
        let (queue, input) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(Self.longestQueue))
        self.queue = queue
        self.input = input
    }

    /// Queues an Event for a change, if the change has one; returns at once.
    package func record(_ change: Change) {
        guard let (reason, type) = Self.reason(for: change), let id = change.id else { return }
        input.yield(
            Event(
                subject: .init(
                    id: id, uid: change.uid, reason: reason,
                    action: change.kind == .refreshed || change.recovery?.by == .refresh ? "Refresh" : "Restart",
                    type: type),
                note: Self.note(change.message), time: api.now))
    }

    /// Ends recording; ``run()`` returns once all queued Events are written.
    package func finish() {
        input.finish()
    }

    /// Writes queued Events until ``finish()`` is called and the queue is empty, or until cancelled.
    package func run() async {
        var hasWarned = false
        var correlator = EventCorrelator()
        for await event in queue {
            do throws(RolloutHealError) {
                try await write(event, &correlator)
            } catch {
                guard case .api(.status(let status)) = error, status.code == 403, !hasWarned else { continue }
                hasWarned = true
                warn(error)
            }
        }
    }

    private func write(_ event: Event, _ correlator: inout EventCorrelator) async throws(RolloutHealError) {
        let name = name(for: event)
        switch correlator.decide(event.subject, note: event.note, name: name, at: api.time.uptime()) {
        case .drop: return
        case .create(let note): try await create(event, note: note, name: name)
        case .count(let first, let count):
            do throws(RolloutHealError) {
                try await raise(first, to: count, event)
            } catch .api(.status(let status)) where status.code == 404 {
                let note = correlator.replaced(first, by: name, note: event.note)
                try await create(event, note: note, name: name)
            }
        }
    }

    private func create(_ event: Event, note: String, name: String) async throws(RolloutHealError) {
        let body = EventBody(event, note: note, name: name, instance: instance)
        try await send(body) { body throws(KubeError) in
            try await api.client.create(
                Self.events, namespace: event.subject.id.namespace, body: body, fieldManager: RolloutAPI.fieldManager)
        }
    }

    private func raise(_ name: String, to count: Int, _ event: Event) async throws(RolloutHealError) {
        try await send(EventCount(series: .init(count: count, lastObservedTime: event.microTime))) {
            body throws(KubeError) in
            try await api.client.patch(
                Self.events, namespace: event.subject.id.namespace, name: name, body: body,
                fieldManager: RolloutAPI.fieldManager)
        }
    }

    /// Sends a write; repeats it while its outcome is unknown, but not after a refusal.
    private func send(
        _ body: some Encodable & Sendable, _ request: (_ body: [UInt8]) async throws(KubeError) -> [UInt8]
    ) async throws(RolloutHealError) {
        guard let body = try? JSONEncoder().encode(body) else { return }
        for attempt in 1... {
            var asked = Duration.zero
            do throws(KubeError) {
                _ = try await request(Array(body))
                return
            } catch {
                guard error.leavesOutcomeOpen, attempt < Self.maxTries else { throw .api(error) }
                asked = error.status?.retryAfter ?? .zero
            }
            try await api.pause(max(asked, .seconds(Double(attempt) * (1 + api.time.random()))))
        }
    }

    private func name(for event: Event) -> String {
        let suffix = String(UInt64(api.time.random() * 0x1p53), radix: 16)
        return "\(event.subject.id.name.prefix(200)).\(String(event.time.secondsSince1970, radix: 16))\(suffix)"
    }

    /// Replaces control characters with spaces, because `kubectl describe` prints notes as they are.
    private static func note(_ text: String) -> String {
        let scalars = text.cut(toBytes: longestNote).unicodeScalars.lazy
            .map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func reason(for change: Change) -> (reason: String, type: String)? {
        switch change.kind {
        case .refreshed: ("RolloutRefreshed", "Normal")
        case .restarted: ("RolloutRestarted", "Normal")
        case .cancelled: ("RolloutRestartCancelled", "Warning")
        case .recovered: change.recovery == nil ? nil : ("RolloutRecovered", "Normal")
        // Not worth an Event: the Rollout only waits for its turn.
        case .skipped: change.gate == .rate ? nil : ("RolloutRestartSkipped", "Normal")
        case .gaveUp: ("RolloutGaveUp", "Warning")
        case .found, .deleted, .error: nil
        }
    }
}

/// An Event before it is known whether it repeats another.
private struct Event: Sendable {
    var subject: EventCorrelator.Subject
    var note: String
    var time: Timestamp

    var microTime: String { MicroTime.text(seconds: time.secondsSince1970, microseconds: 0) }
}

/// An Event of `events.k8s.io/v1`.
private struct EventBody: Encodable, Sendable {
    struct Metadata: Encodable {
        var name: String
        var namespace: String
    }

    struct Regarding: Encodable {
        var apiVersion = "argoproj.io/v1alpha1"
        var kind = "Rollout"
        var namespace: String
        var name: String
        var uid: String?
    }

    var apiVersion = "events.k8s.io/v1"
    var kind = "Event"
    var metadata: Metadata
    var eventTime: String
    var reportingController = "rollout-heal"
    var reportingInstance: String
    var reason: String
    var regarding: Regarding
    var action: String
    var note: String
    var type: String

    init(_ event: Event, note: String, name: String, instance: String) {
        let subject = event.subject
        metadata = Metadata(name: name, namespace: subject.id.namespace)
        eventTime = event.microTime
        reportingInstance = instance
        reason = subject.reason
        regarding = Regarding(namespace: subject.id.namespace, name: subject.id.name, uid: subject.uid)
        action = subject.action
        self.note = note.cut(toBytes: EventRecorder.longestNote)
        type = subject.type
    }
}

/// A merge patch that raises the count of an Event.
private struct EventCount: Encodable, Sendable {
    struct Series: Encodable {
        var count: Int
        var lastObservedTime: String
    }

    var series: Series
}

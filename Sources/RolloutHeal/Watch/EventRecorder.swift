internal import Formats
internal import FoundationEssentials
internal import KubeClient
package import Rollouts

/// Records the steps on a Rollout as Kubernetes Events, for `kubectl describe`; best effort, and never delays a heal.
package struct EventRecorder: Sendable {
    private static let events = APIResource(group: "events.k8s.io", version: "v1", plural: "events")
    /// Maximum number of Events waiting to be written; further ones are dropped.
    private static let longestQueue = 1000
    private static let maxTries = 3
    /// The API's limit on `note`, in bytes.
    private static let longestNote = 1024

    private let api: RolloutAPI
    /// The replica that reports, at most 128 bytes.
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
        let suffix = String(UInt64(api.time.random() * 0x1p53), radix: 16)
        let moment = api.now
        input.yield(
            Event(
                metadata: .init(
                    name: "\(id.name.prefix(200)).\(String(moment.secondsSince1970, radix: 16))\(suffix)",
                    namespace: id.namespace),
                eventTime: moment.rfc3339.dropLast() + ".000000Z", reportingInstance: instance, reason: reason,
                regarding: .init(namespace: id.namespace, name: id.name, uid: change.uid),
                action: change.kind == .refreshed || change.recovery?.by == .refresh ? "Refresh" : "Restart",
                note: Self.note(change.message), type: type))
    }

    /// Ends recording; ``run()`` returns once all queued Events are written.
    package func finish() {
        input.finish()
    }

    /// Writes queued Events until ``finish()`` is called and the queue is empty, or until cancelled.
    package func run() async {
        var hasWarned = false
        for await event in queue {
            do throws(RolloutHealError) {
                try await write(event)
            } catch {
                guard case .api(.status(let status)) = error, status.code == 403, !hasWarned else { continue }
                hasWarned = true
                warn(error)
            }
        }
    }

    /// Writes an Event; repeats the request while its outcome is unknown, but not after a refusal.
    private func write(_ event: Event) async throws(RolloutHealError) {
        guard let body = try? JSONEncoder().encode(event) else { return }
        for attempt in 1... {
            var asked = Duration.zero
            do throws(KubeError) {
                _ = try await api.client.create(
                    Self.events, namespace: event.metadata.namespace, body: Array(body),
                    fieldManager: RolloutAPI.fieldManager)
                return
            } catch {
                guard error.leavesOutcomeOpen, attempt < Self.maxTries else { throw .api(error) }
                asked = error.status?.retryAfter ?? .zero
            }
            try await api.pause(max(asked, .seconds(Double(attempt) * (1 + api.time.random()))))
        }
    }

    /// Replaces control characters with spaces, because `kubectl describe` prints notes as they are.
    private static func note(_ text: String) -> String {
        let scalars = text.cut(toBytes: longestNote).unicodeScalars.lazy
            .map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func reason(for change: Change) -> (reason: String, type: String)? {
        switch change.kind {
        case .refreshed: ("Refreshed", "Normal")
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

/// An Event of `events.k8s.io/v1`.
private struct Event: Encodable, Sendable {
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
}

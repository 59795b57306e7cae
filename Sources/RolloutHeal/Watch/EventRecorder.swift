internal import Formats
internal import FoundationEssentials
internal import KubeClient
package import Rollouts

/// Tells the story of a Rollout as Kubernetes Events on it, for `kubectl describe`; best effort, never in the way of a heal.
package struct EventRecorder: Sendable {
    private static let events = APIResource(group: "events.k8s.io", version: "v1", plural: "events")
    /// What waits to be written; more is dropped.
    private static let longestQueue = 1000
    private static let maxTries = 3
    /// The API's own bound on `note`, in bytes.
    private static let longestNote = 1024

    private let api: RolloutAPI
    /// Which replica of ours it was, at most 128 bytes.
    private let instance: String
    private let warn: @Sendable (RolloutHealError) -> Void
    private let queue: AsyncStream<Event>
    private let input: AsyncStream<Event>.Continuation

    /// - Parameter warn: told once that Events may not be written.
    package init(_ api: RolloutAPI, instance: String, warn: @escaping @Sendable (RolloutHealError) -> Void) {
        self.api = api
        self.instance = String(instance.prefix(128))
        self.warn = warn
        let (queue, input) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(Self.longestQueue))
        self.queue = queue
        self.input = input
    }

    /// Takes note of a change that is worth an Event; returns at once.
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

    /// Nothing more is recorded: ``run()`` ends when what is recorded is written.
    package func finish() {
        input.finish()
    }

    /// Writes what is recorded until that is all, or it is cancelled.
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

    /// A server that is away is asked again; a refusal stands.
    private func write(_ event: Event) async throws(RolloutHealError) {
        guard let body = try? JSONEncoder().encode(event) else { return }
        for attempt in 1... {
            do throws(KubeError) {
                _ = try await api.client.create(
                    Self.events, namespace: event.metadata.namespace, body: Array(body),
                    fieldManager: RolloutAPI.fieldManager)
                return
            } catch {
                guard error.leavesOutcomeOpen, attempt < Self.maxTries else { throw .api(error) }
            }
            try await api.pause(.seconds(Double(attempt) * (1 + api.time.random())))
        }
    }

    /// What is no text becomes space: `kubectl describe` prints notes as they are.
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
        // A turn comes within the minute: no news for somebody who describes a Rollout.
        case .skipped: change.gate == .rate ? nil : ("RolloutRestartSkipped", "Normal")
        case .gaveUp: ("RolloutGaveUp", "Warning")
        case .found, .deleted, .error: nil
        }
    }
}

/// An Event as `events.k8s.io/v1` takes it.
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

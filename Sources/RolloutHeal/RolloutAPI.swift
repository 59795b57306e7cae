package import Formats
internal import FoundationEssentials
package import KubeClient
package import Rollouts

/// Reads and writes Rollouts and ReplicaSets through the API, as types of the domain.
package struct RolloutAPI: Sendable {
    package static let rollouts = APIResource(group: "argoproj.io", version: "v1alpha1", plural: "rollouts")
    package static let replicaSets = APIResource(group: "apps", version: "v1", plural: "replicasets")
    package static let fieldManager = Marks.fieldManager

    /// The limit for concurrent requests; the API server serves many clients.
    static let parallelism = 8
    /// The number of unreadable objects in one list after which reading is given up.
    private static let mostFailures = 1000

    let client: KubeClient
    let time: TimeSource

    package init(client: KubeClient, time: TimeSource) {
        self.client = client
        self.time = time
    }

    /// The same API for requests that are useless when late.
    func promptly(_ timeout: Duration) -> RolloutAPI {
        RolloutAPI(client: client.promptly(timeout), time: time)
    }

    /// The API server's time.
    package var now: Timestamp { client.clock.now }

    /// The limit for the difference between our clock and the API server's: a wrong time that is written would hold back
    /// every later step, or none.
    private static let farthestClocks = Duration.seconds(24 * 3600)

    /// ``RolloutHealError/clocksApart(by:)`` if the clocks are so far apart that no time may be written.
    var clockError: RolloutHealError? {
        guard let lead = client.clock.lead, max(lead, .zero - lead) > Self.farthestClocks else { return nil }
        return .clocksApart(by: lead)
    }

    /// Lists the Rollouts in `scope` that are `wanted`; they are filtered as they arrive, so that the others take no
    /// memory.
    ///
    /// An unreadable object does not affect the others.
    ///
    /// - Parameters:
    ///   - progress: called whenever more has arrived.
    ///   - startedOver: called when the list starts over, and what was found is discarded.
    ///   - canBeWanted: called with an object's JSON; if false, the object is not decoded.
    /// - Throws: ``RolloutHealError`` if the list fails, or after 1000 unreadable objects.
    func rollouts(
        in scope: Scope, _ freshness: ListOptions.Freshness, progress: (@Sendable (ListProgress) -> Void)? = nil,
        startedOver: () -> Void = {}, canBeWanted: ([UInt8]) -> Bool = { _ in true }, wanted: (Rollout) -> Bool
    ) async throws(RolloutHealError) -> ReadRollouts {
        let selected = try await selectedNamespaces(of: scope)
        // A cached list is one long response: on a connection of its own, evidence does not wait for its end.
        let options = ListOptions(
            namespace: scope.namespace, labelSelector: scope.labelSelector, freshness: freshness,
            isBeforeWatch: freshness == .cached)
        var read = ReadRollouts()
        // A duplicate in a list would be restarted twice.
        var seen: Set<RolloutID> = []
        var objects = client.list(Self.rollouts, options, progress: progress).makeAsyncIterator()
        while let element = try await api({ () async throws(KubeError) in try await objects.next() }) {
            switch element {
            case .startedOver:
                read = ReadRollouts()
                seen.removeAll()
                startedOver()
            case .item(let json):
                if let selected, !selected.contains(ObjectName(in: json).namespace) { continue }
                read.total += 1
                if !canBeWanted(json) { continue }
                do throws(RolloutHealError) {
                    let rollout = try decodeObject(Rollout.self, from: json).checked(in: scope.namespace)
                    if wanted(rollout) {
                        if seen.insert(RolloutID(rollout)).inserted { read.found.append(rollout) }
                    } else if rollout.isDegraded, seen.insert(RolloutID(rollout)).inserted {
                        read.otherDegraded += 1
                    }
                } catch {
                    let name = ObjectName(in: json)
                    read.failures.append(.init(id: name.id, error: error))
                    if read.failures.count == Self.mostFailures { throw error }
                }
            }
        }
        return read
    }

    /// Reads one Rollout from the stored state.
    ///
    /// - Throws: ``RolloutHealError``; a missing Rollout is an API status with code 404.
    package func rollout(namespace: String, name: String) async throws(RolloutHealError) -> Rollout {
        let json = try await api { () async throws(KubeError) in
            try await client.get(Self.rollouts, namespace: namespace, name: name)
        }
        return try decodeObject(Rollout.self, from: json).checked(name, in: namespace)
    }

    /// Reads one Rollout if `labelSelector` selects it; nil if it does not, or the Rollout is gone.
    func rollout(
        namespace: String, name: String, labelSelector: String
    ) async throws(RolloutHealError) -> Rollout? {
        try await rollouts(name: name, namespace: namespace, labelSelector).last
    }

    /// Sends `patch` and returns the Rollout as stored.
    func send(
        _ patch: RestartPatch, to rollout: Rollout, isDryRun: Bool, isStillWanted: @escaping @Sendable () -> Bool,
        begins: @escaping @Sendable () -> Bool
    ) async throws(KubeError) -> Rollout {
        let body: [UInt8]
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            body = Array(try encoder.encode(patch))
        } catch {
            throw .malformed(what: "the patch cannot be encoded", url: rollout.metadata.name)
        }
        let json = try await client.patch(
            Self.rollouts, namespace: rollout.metadata.namespace, name: rollout.metadata.name, body: body,
            fieldManager: Self.fieldManager, isDryRun: isDryRun, isStillWanted: isStillWanted, begins: begins)
        do throws(RolloutHealError) {
            return try decodeObject(Rollout.self, from: json)
        } catch {
            throw .malformed(what: "it is not a Rollout", url: rollout.metadata.name)
        }
    }
}

/// Runs a request and wraps its error in ``RolloutHealError/api(_:)``.
func api<Value>(
    _ request: () async throws(KubeError) -> Value
) async throws(RolloutHealError) -> Value {
    do throws(KubeError) {
        return try await request()
    } catch {
        throw .api(error)
    }
}

package import Formats
internal import HTTPTransport
internal import Synchronization

/// Acquires and renews a Lease, so that one of several replicas does the work.
///
/// Leadership is no fence: check ``isLeader`` right before each write, and give the write a precondition (a
/// resourceVersion), because it may arrive after another replica has taken over. Requires the verbs `get`, `create` and
/// `update` for Leases in one namespace.
package final class LeaderElector: Sendable {
    package enum Change: Sendable, Equatable {
        case acquired
        /// The Lease was not renewed in time, or was taken; ``LeaderElector/lead(onChange:)`` keeps trying to acquire
        /// it.
        case lost
        /// The Lease names another holder, possibly this process.
        case holder(String)
        /// A request failed and will be retried; reported once per text until a round succeeds.
        case trouble(KubeError)
    }

    /// The namespace and name of the Lease.
    package struct Place: Sendable, Equatable {
        package var namespace: String
        package var name: String

        package init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }
    }

    static let leases = APIResource(group: "coordination.k8s.io", version: "v1", plural: "leases")

    private struct State {
        var election: LeaseElection
        var reports = ElectionReports()
    }

    private let client: KubeClient
    private let place: Place
    private let fieldManager: String
    private let timing: LeaseTiming
    private let state: Mutex<State>

    /// - Parameter identity: unique to this process, past and present: by convention `HOSTNAME_UUID`. Not empty.
    package init(
        client: KubeClient, place: Place, identity: String, fieldManager: String, timing: LeaseTiming = .standard
    ) {
        self.client = client.unlimited
        self.place = place
        self.fieldManager = fieldManager
        self.timing = timing
        state = Mutex(State(election: LeaseElection(identity: identity, timing: timing)))
    }

    /// Whether this process leads now, whatever the task in ``lead(onChange:)`` is waiting for.
    package var isLeader: Bool {
        state.withLock { $0.election.isLeading(at: client.time.uptime()) }
    }

    /// When another process last held the Lease, by the time that it wrote into it; nil if none has.
    ///
    /// Written by another clock, so it is for logs and messages only and says nothing about who leads.
    package var heldByOthersUntil: Timestamp? {
        state.withLock { $0.election.lastOfOthers }.flatMap { Timestamp(rfc3339: $0) }
    }

    /// Acquires the Lease, renews it, and starts over when it is lost; returns when cancelled or released.
    ///
    /// Call it from one task at a time. Cancellation leaves the Lease held: guarded work may end within the remaining
    /// time, after which ``release(within:)`` hands over.
    ///
    /// - Parameter onChange: called from the same task, in order.
    package func lead(onChange: @Sendable (Change) -> Void) async {
        while !Task.isCancelled, await act(onChange) {}
    }

    /// Stops leading and clears the holder of the Lease if it is ours, so that another replica need not wait for its
    /// expiry.
    ///
    /// Call it after all guarded work has stopped, from a task that is not cancelled.
    ///
    /// - Parameter limit: the time for all requests together.
    /// - Throws: ``KubeError`` if a request fails or `limit` passes.
    package func release(within limit: Duration = .seconds(2)) async throws(KubeError) {
        state.withLock { $0.election.resign() }
        let end = client.time.uptime() + limit
        while let lease = try await read(try timeLeft(until: end)),
            let released = state.withLock({ $0.election.released(lease, date: client.clock.now.secondsSince1970) })
        {
            do throws(KubeError) {
                _ = try await replace(released, try timeLeft(until: end))
                return
            } catch {
                // A conflict: a renewal was under way, or another client wrote. The Lease may still be ours.
                guard error.status?.code == 409 else { throw error }
            }
        }
    }

    private func timeLeft(until end: Duration) throws(KubeError) -> Duration {
        let left = end - client.time.uptime()
        guard left > .zero else { throw client.wrapped(.timedOut(during: "releasing the Lease")) }
        return left
    }

    /// Takes the next action and reports changes; returns false when there is nothing left to do.
    func act(_ report: (Change) -> Void) async -> Bool {
        let (action, timeout) = decide(report)
        do throws(KubeError) {
            switch action {
            case .end: return false
            case .wait(let duration): return await sleep(duration)
            case .read:
                let lease = try await read(timeout)
                settle(report) { $0.didRead(lease, at: $1) }
            case .create(let spec):
                let stored = try await create(spec, timeout)
                settle(report) { $0.didWrite(stored, at: $1) }
            case .replace(let lease):
                let stored = try await replace(lease, timeout)
                settle(report) { $0.didWrite(stored, at: $1) }
            }
        } catch {
            settle(report, trouble: error == .cancelled ? nil : error) { election, _ in
                election.didFail(pausing: error.status?.boundedPause ?? .zero)
            }
        }
        return true
    }

    private func decide(_ report: (Change) -> Void) -> (LeaseElection.Action, timeout: Duration) {
        let chance = client.time.random()
        let date = client.clock.now.secondsSince1970
        let (action, left, changes) = state.withLock { state in
            let uptime = client.time.uptime()
            let action = state.election.next(at: uptime, date: date, chance: chance)
            return (action, state.election.timeLeft(at: uptime), state.reports.take(state.election, at: uptime))
        }
        for change in changes { report(change) }
        // A leader has time for two tries (client-go: renewDeadline / 2), and none may outlast its leadership.
        let half = timing.renewDeadline / 2
        return (action, left > .zero ? min(half, max(left, Self.shortestTimeout)) : half)
    }

    private func settle(
        _ report: (Change) -> Void, trouble: KubeError? = nil, _ outcome: (inout LeaseElection, Duration) -> Void
    ) {
        let changes = state.withLock { state in
            let uptime = client.time.uptime()
            outcome(&state.election, uptime)
            return state.reports.take(state.election, trouble: trouble, at: uptime)
        }
        for change in changes { report(change) }
    }

    private func sleep(_ duration: Duration) async -> Bool {
        do throws(CancellationError) {
            try await client.time.sleep(duration)
            return true
        } catch {
            return false
        }
    }

    /// The API server treats a timeout of 0 as no timeout.
    private static let shortestTimeout = Duration.milliseconds(100)

    /// The limit for a Lease, in bytes: decoding is not bounded by the request timeout.
    private static let largestLease = 64 << 10

    private func read(_ timeout: Duration) async throws(KubeError) -> Lease? {
        do throws(KubeError) {
            let json = try await client.promptly(max(timeout, Self.shortestTimeout))
                .get(Self.leases, namespace: place.namespace, name: place.name)
            return try decoded(json)
        } catch {
            if error.status?.code == 404 { return nil }
            throw error
        }
    }

    private func create(_ spec: LeaseSpec, _ timeout: Duration) async throws(KubeError) -> Lease {
        let lease = Lease(namespace: place.namespace, name: place.name, spec: spec)
        let json = try await client.promptly(max(timeout, Self.shortestTimeout))
            .create(Self.leases, namespace: place.namespace, body: lease.json, fieldManager: fieldManager)
        return try decoded(json)
    }

    private func replace(_ lease: Lease, _ timeout: Duration) async throws(KubeError) -> Lease {
        let json = try await client.promptly(max(timeout, Self.shortestTimeout)).replace(
            Self.leases, namespace: place.namespace, name: place.name, body: lease.json, fieldManager: fieldManager)
        return try decoded(json)
    }

    private func decoded(_ json: [UInt8]) throws(KubeError) -> Lease {
        guard json.count <= Self.largestLease, let lease = Lease(json: json) else {
            throw .malformed(
                what: "it is not a Lease",
                url: try Self.leases.path(namespace: place.namespace, name: place.name))
        }
        return lease
    }
}

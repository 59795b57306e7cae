internal import HTTPTransport
internal import Synchronization

/// Holds a Lease for this process, or waits for it: one of several that run the same program does the work.
///
/// Leading is no fence: ask ``isLeader`` right before each write, and let the write carry a precondition of its own
/// (a resource version), for it may still arrive after somebody else took over. Needs the verbs `get`, `create` and
/// `update` for Leases in one namespace.
package final class LeaderElector: Sendable {
    package enum Change: Sendable, Equatable {
        case acquired
        /// Not renewed in time, or taken: ``LeaderElector/lead(onChange:)`` goes on trying to acquire it.
        case lost
        /// Another process, or this one, is named by the Lease.
        case holder(String)
        /// A request failed and will be tried again; once per text until a round succeeds.
        case trouble(KubeError)
    }

    /// Where the Lease is.
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

    /// - Parameter identity: of this process and no other, past or present: by convention `HOSTNAME_UUID`. Not empty.
    package init(
        client: KubeClient, place: Place, identity: String, fieldManager: String, timing: LeaseTiming = .standard
    ) {
        self.client = client
        self.place = place
        self.fieldManager = fieldManager
        self.timing = timing
        state = Mutex(State(election: LeaseElection(identity: identity, timing: timing)))
    }

    /// Whether this process leads at this very moment, whatever the task in ``lead(onChange:)`` is waiting for.
    package var isLeader: Bool {
        state.withLock { $0.election.isLeading(at: client.time.uptime()) }
    }

    /// Acquires the Lease and keeps renewing it, and begins again when it is lost; returns when cancelled or released.
    ///
    /// For one task at a time. A cancelled one leaves the Lease as it is: guarded work may end within the time that
    /// is left, and ``release(within:)`` then hands over.
    ///
    /// - Parameter onChange: called from the same task, in order.
    package func lead(onChange: @Sendable (Change) -> Void) async {
        while !Task.isCancelled, await act(onChange) {}
    }

    /// Gives the Lease back, so that another need not wait for its end; only if it is ours. Leads no more.
    ///
    /// For the clean end of the process, after all guarded work has stopped, from a task that is not cancelled.
    ///
    /// - Parameter limit: for all of it.
    package func release(within limit: Duration = .seconds(2)) async throws(KubeError) {
        state.withLock { $0.election.resign() }
        let end = client.time.uptime() + limit
        while let lease = try await read(try timeLeft(until: end)),
            let released = state.withLock({ $0.election.released(lease, date: client.clock.now) })
        {
            do throws(KubeError) {
                _ = try await replace(released, try timeLeft(until: end))
                return
            } catch {
                // A renewal was still under way, or somebody wrote something else: it may still be ours.
                guard error.status?.code == 409 else { throw error }
            }
        }
    }

    private func timeLeft(until end: Duration) throws(KubeError) -> Duration {
        let left = end - client.time.uptime()
        guard left > .zero else { throw client.wrapped(.timedOut(during: "releasing the Lease")) }
        return left
    }

    /// Does the next thing and tells what it changed; false when there is nothing to do any more.
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
            settle(report, error == .cancelled ? nil : error) { election, _ in election.didFail() }
        }
        return true
    }

    private func decide(_ report: (Change) -> Void) -> (LeaseElection.Action, timeout: Duration) {
        let chance = client.time.random()
        let date = client.clock.now
        let (action, left, changes) = state.withLock { state in
            let uptime = client.time.uptime()
            let action = state.election.next(at: uptime, date: date, chance: chance)
            return (action, state.election.timeLeft(at: uptime), state.reports.take(state.election, at: uptime))
        }
        for change in changes { report(change) }
        // Two tries fit in what a leader has (client-go: renewDeadline / 2), and none outlives it.
        let half = timing.renewDeadline / 2
        return (action, left > .zero ? min(half, max(left, Self.shortestTimeout)) : half)
    }

    private func settle(
        _ report: (Change) -> Void, _ trouble: KubeError? = nil, _ outcome: (inout LeaseElection, Duration) -> Void
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

    /// The server takes a time-out of 0 for none.
    private static let shortestTimeout = Duration.milliseconds(100)

    /// Bytes: reading takes longer than anything that bounds the request.
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

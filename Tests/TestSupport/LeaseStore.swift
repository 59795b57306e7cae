package import HTTPTransport
private import Foundation
private import Synchronization

/// One Lease behind the API: get, create and update with the server's preconditions.
package final class LeaseStore: Sendable {
    private struct State {
        var lease: ObjectFixture?
        var version = 100
    }

    private let state = Mutex(State())

    package init() {}

    package var lease: ObjectFixture? { state.withLock { $0.lease } }

    package var spec: [String: Any] { lease?.fields["spec"] as? [String: Any] ?? [:] }

    package var holder: String { spec["holderIdentity"] as? String ?? "" }

    /// Stores a Lease under a new resourceVersion.
    package func put(spec: [String: Any], metadata: [String: Any] = [:]) {
        store(
            ObjectFixture(["apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec])
                .merging(["metadata": ["namespace": "ops", "name": "healer"].merging(metadata) { $1 }]))
    }

    package func remove() {
        state.withLock { $0.lease = nil }
    }

    @discardableResult
    private func store(_ lease: ObjectFixture) -> [UInt8] {
        state.withLock { state in
            state.version += 1
            let stored = lease.merging(["metadata": ["resourceVersion": "\(state.version)", "uid": "u"]])
            state.lease = stored
            return stored.json
        }
    }

    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        let lease = lease
        switch request.method {
        case .get:
            guard let lease else { return notFound }
            return FakeCluster.json(lease.json)
        case .post:
            if lease != nil { return FakeCluster.failure(409, "AlreadyExists", "leases \"healer\" already exists") }
            return FakeCluster.json(store(written(by: request)), status: 201)
        case .put:
            guard let lease else { return notFound }
            let body = written(by: request)
            guard version(of: body) == version(of: lease) else {
                return FakeCluster.failure(409, "Conflict", "the object has been modified")
            }
            return FakeCluster.json(store(body))
        default: return FakeCluster.failure(405, "MethodNotAllowed", "\(request.method)")
        }
    }

    private var notFound: HTTPResponse {
        FakeCluster.failure(404, "NotFound", "leases.coordination.k8s.io \"healer\" not found")
    }

    private func written(by request: HTTPRequest) -> ObjectFixture {
        let object = try? JSONSerialization.jsonObject(with: Data(request.body ?? []))
        return ObjectFixture(object as? [String: Any] ?? [:])
    }

    private func version(of lease: ObjectFixture) -> String? {
        (lease.fields["metadata"] as? [String: Any])?["resourceVersion"] as? String
    }
}

import Foundation
package import HTTPTransport
private import Synchronization

/// An in-memory API for Rollouts and ReplicaSets, for behaviour that a real server cannot be made to show.
package final class FakeCluster: HTTPTransport {
    /// Called before each request; a non-nil result replaces the response.
    package typealias Hook = @Sendable (HTTPRequest, FakeCluster) -> Result<HTTPResponse, HTTPTransportError>?
    /// Like ``Hook``, but may wait for other requests; called first.
    package typealias Hold = @Sendable (HTTPRequest, FakeCluster) async -> HTTPResponse?

    private struct State {
        /// By kind ("rollouts", "replicasets", "poddisruptionbudgets"), then "namespace/name".
        var objects: [String: [String: ObjectFixture]] = [:]
        var version = 5000
        var requests: [HTTPRequest] = []
    }

    /// The simulated controller's reaction to a changed spec.
    package enum Controller: Sendable {
        case isDown
        /// Observes each change, but does not act.
        case observes
        /// Completes each restart immediately and reports Healthy.
        case heals
    }

    private let state = Mutex(State())
    private let before: Hook
    private let hold: Hold
    /// Before a request is sent.
    private let connect: @Sendable (HTTPRequest) async -> Void
    private let running = Mutex(Controller.observes)

    package var controller: Controller {
        get { running.withLock { $0 } }
        set { running.withLock { $0 = newValue } }
    }

    package init(
        rollouts: [ObjectFixture], replicaSets: [ObjectFixture], before: @escaping Hook = { _, _ in nil },
        hold: @escaping Hold = { _, _ in nil }, connect: @escaping @Sendable (HTTPRequest) async -> Void = { _ in }
    ) {
        self.before = before
        self.hold = hold
        self.connect = connect
        for rollout in rollouts { put(rollout, as: "rollouts") }
        for set in replicaSets { put(set, as: "replicasets") }
    }

    package var requests: [HTTPRequest] { state.withLock { $0.requests } }

    package func requests(_ method: HTTPRequest.Method, _ kind: String) -> [HTTPRequest] {
        requests.filter { $0.method == method && $0.url.contains("/\(kind)") }
    }

    /// Stores an object under a new resourceVersion.
    package func put(_ object: ObjectFixture, as kind: String) {
        state.withLock { state in
            state.version += 1
            state.objects[kind, default: [:]]["\(object.namespace)/\(object.name)"] =
                object.merging(["metadata": ["resourceVersion": "\(state.version)"]])
        }
    }

    package func object(_ kind: String, _ name: String) -> ObjectFixture? {
        state.withLock { $0.objects[kind]?[name] }
    }

    package func change(_ kind: String, _ name: String, _ changes: [String: Any]) {
        guard let object = object(kind, name) else { return }
        put(object.merging(changes), as: kind)
    }

    package func remove(_ kind: String, _ name: String) {
        state.withLock { $0.objects[kind]?[name] = nil }
    }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        await connect(request)
        if Task.isCancelled { throw .cancelled }
        if request.body != nil, !request.isStillWanted() { throw .overtaken }
        state.withLock { $0.requests.append(request) }
        if let answer = await hold(request, self) { return answer }
        if Task.isCancelled { throw .cancelled }
        if let answer = before(request, self) { return try answer.get() }
        return answer(request)
    }

    /// Returns the server's response; a hook calls it to perform a request whose response is then lost.
    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard let url = URLComponents(string: request.url) else { return Self.failure(400, "BadRequest", "no URL") }
        let parts = url.path.split(separator: "/").map(String.init)
        guard
            let place = parts.firstIndex(where: {
                ["rollouts", "replicasets", "poddisruptionbudgets", "pods"].contains($0)
            })
        else {
            return Self.failure(404, "NotFound", "namespaces \"\(parts.last ?? "")\" not found")
        }
        let kind = parts[place]
        let namespace = parts.firstIndex(of: "namespaces").map { parts[$0 + 1] }
        guard place + 1 < parts.count else { return list(kind, namespace, url.queryItems ?? []) }
        let name = "\(namespace ?? "")/\(parts[place + 1])"
        guard let stored = object(kind, name) else {
            return Self.failure(404, "NotFound", "\(kind).argoproj.io \"\(parts[place + 1])\" not found")
        }
        return request.method == .patch ? patch(stored, kind, request) : Self.json(stored.json)
    }

    private func list(_ kind: String, _ namespace: String?, _ query: [URLQueryItem]) -> HTTPResponse {
        let selector = query.first { $0.name == "labelSelector" }?.value?.replacingOccurrences(of: "+", with: " ")
        let name = query.first { $0.name == "fieldSelector" }?.value
        let found = state.withLock { $0.objects[kind] ?? [:] }.sorted { $0.key < $1.key }.map(\.value)
            .filter { namespace == nil || $0.namespace == namespace }
            .filter { object in selector.map { Self.selects($0, object) } ?? true }
            .filter { object in name == nil || name == "metadata.name=\(object.name)" }
        return Self.json(ObjectFixture.list(found))
    }

    private func patch(_ stored: ObjectFixture, _ kind: String, _ request: HTTPRequest) -> HTTPResponse {
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body ?? []))) as? [String: Any] ?? [:]
        let wanted = body["metadata"] as? [String: Any] ?? [:]
        let metadata = stored.fields["metadata"] as? [String: Any] ?? [:]
        if let uid = wanted["uid"] as? String, uid != metadata["uid"] as? String {
            return Self.failure(422, "Invalid", "metadata.uid: field is immutable")
        }
        if let version = wanted["resourceVersion"] as? String, version != metadata["resourceVersion"] as? String {
            return Self.failure(409, "Conflict", "the object has been modified")
        }
        // Only a change of the spec increases the generation and updates its write time.
        let isOfSpec = body["spec"] != nil
        let changes: [String: Any] = [
            "generation": (metadata["generation"] as? Int ?? 0) + 1,
            "managedFields": [ObjectFixture.written("f:spec", 0)],
        ]
        let patched = stored.merging(body).merging(["metadata": isOfSpec ? changes : [:]])
        if !request.url.contains("dryRun=All") {
            put(patched, as: kind)
            if isOfSpec {
                reconcile(patched, kind, restartAt: (body["spec"] as? [String: Any])?["restartAt"] as? String)
            }
        }
        return Self.json(patched.json)
    }

    private func reconcile(_ object: ObjectFixture, _ kind: String, restartAt: String?) {
        if controller == .isDown { return }
        let generation = (object.fields["metadata"] as? [String: Any])?["generation"] as? Int ?? 0
        var status: [String: Any] = ["observedGeneration": "\(generation)"]
        if controller == .heals, let restartAt {
            status.merge(["restartedAt": restartAt, "phase": "Healthy", "message": NSNull()]) { $1 }
        }
        change(kind, "\(object.namespace)/\(object.name)", ["status": status])
    }

    /// Evaluates equality, `in` and existence, which are the terms that the plugin uses.
    private static func selects(_ selector: String, _ object: ObjectFixture) -> Bool {
        let labels = (object.fields["metadata"] as? [String: Any])?["labels"] as? [String: String] ?? [:]
        var terms: [String] = []
        var depth = 0
        for character in selector {
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            if character == ",", depth == 0 {
                terms.append("")
            } else {
                terms.append((terms.popLast() ?? "") + [character])
            }
        }
        return terms.allSatisfy { term in
            if let open = term.firstIndex(of: "(") {
                let key = term.split(separator: " ")[0]
                let values = term[open...].dropFirst().dropLast().split(separator: ",").map(String.init)
                return labels[String(key)].map(values.contains) ?? false
            }
            let pair = term.split(separator: "=").map(String.init)
            return pair.count == 2 ? labels[pair[0]] == pair[1] : labels[term] != nil
        }
    }

    package static func json(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
        .scripted(
            status, headers: ["Content-Type": "application/json", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"],
            pieces: [body])
    }

    package static func failure(
        _ code: Int, _ reason: String, _ message: String, headers: [(String, String)] = []
    ) -> HTTPResponse {
        let fields: [String: Any] = [
            "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message,
        ]
        var response = json(ObjectFixture(fields).json, status: code)
        for (name, value) in headers { response.headers.append(name, value) }
        return response
    }
}

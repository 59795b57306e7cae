import Foundation
import HTTPTransport
import KubeConfig
import TestSupport
import Testing

@testable import KubeClient

/// Electors with a real Lease, and a clock that only sleeping advances.
@Suite(.onCluster, .inTurn)
struct LeaderElectionTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    private func elector(_ identity: String, namespace: String, _ time: ManualTime) throws -> LeaderElector {
        let client = try cluster.client(time)
        return LeaderElector(
            client: client, place: .init(namespace: namespace, name: "healer"), identity: identity,
            fieldManager: "rollout-heal")
    }

    @Test func theLeaseGoesFromHandToHand() async throws {
        let namespace = try await cluster.makeNamespace("lease")
        let path = "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases/healer"
        func lease() async throws -> [String: Any] {
            let body = try await cluster.request(.get, path).body
            return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        }
        func spec() async throws -> [String: Any] { try await lease()["spec"] as? [String: Any] ?? [:] }

        let time = ManualTime()
        let first = try elector("first", namespace: namespace, time)
        let second = try elector("second", namespace: namespace, time)
        for _ in 0..<2 { _ = await first.act { _ in } }
        for _ in 0..<2 { _ = await second.act { _ in } }
        #expect(first.isLeader && !second.isLeader)
        let created = try await spec()
        #expect(created["holderIdentity"] as? String == "first" && created["leaseDurationSeconds"] as? Int == 15)
        #expect((created["renewTime"] as? String)?.hasSuffix(".000001Z") == true)

        // Another client's write is a conflict: the Lease is read again, and stays ours.
        _ = try await cluster.request(
            .patch, path, Array("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}".utf8), type: "application/merge-patch+json")
        var changes: [LeaderElector.Change] = []
        for _ in 0..<6 { _ = await first.act { changes.append($0) } }
        #expect(first.isLeader && changes.isEmpty)
        let metadata = try await lease()["metadata"] as? [String: Any]
        #expect(metadata?["labels"] as? [String: String] == ["a": "b"])
        #expect((metadata?["managedFields"] as? [Any])?.isEmpty == false)
        #expect((try await spec()["renewTime"] as? String) != created["renewTime"] as? String)

        try await first.release()
        #expect(!first.isLeader)
        #expect(try await spec()["holderIdentity"] as? String == "")
        for _ in 0..<3 { _ = await second.act { _ in } }
        #expect(second.isLeader)
        #expect(try await spec()["leaseTransitions"] as? Int == 1)

        // A deleted Lease is created again.
        _ = try await cluster.request(.delete, path)
        for _ in 0..<6 { _ = await second.act { _ in } }
        #expect(second.isLeader)
        #expect(try await spec()["holderIdentity"] as? String == "second")
    }

    @Test func aNamespaceThatIsMissingIsToldOfOnce() async throws {
        let elector = try elector("me", namespace: "no-such-namespace", ManualTime())
        var told: [LeaderElector.Change] = []
        for _ in 0..<9 { _ = await elector.act { told.append($0) } }
        #expect(told.count == 1)
        guard case .trouble(let error)? = told.first else { Issue.record("no trouble"); return }
        #expect(error.message == "Error from server (NotFound): namespaces \"no-such-namespace\" not found")
    }
}

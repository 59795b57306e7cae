import Foundation
import HTTPTransport
import KubeClient
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// What `doctor` makes of the arguments of our own Deployments, in any notation that the program takes.
@Suite struct DoctorInstallationTests {
    /// A server with one Deployment of ours, in namespace `ops`, and a Lease in `shop`.
    private final class Server: Sendable {
        /// `VERB RESOURCE[/NAME] in NAMESPACE`, as asked about the Deployment's account.
        private let asked = Mutex<[String]>([])
        private let denied: String?
        private let deployment: ObjectFixture

        init(_ arguments: [String], replicas: Int = 1, denied: String? = nil) {
            self.denied = denied
            deployment = ObjectFixture([
                "metadata": [
                    "name": "healer", "namespace": "ops", "labels": ["app.kubernetes.io/name": "rollout-heal"],
                ],
                "spec": [
                    "replicas": replicas,
                    "template": [
                        "spec": [
                            "serviceAccountName": "healer",
                            "containers": [
                                ["name": "c", "image": "kubectl-rollout-heal:v0.0.1", "args": arguments]
                            ],
                        ]
                    ],
                ], "status": ["availableReplicas": replicas],
            ])
        }

        var rights: [String] { asked.withLock { $0 } }

        /// The checks of our own installation.
        func checks() async throws -> [[String: Any]] {
            let stage = Stage { [self] request, _ in .success(answer(request)) }
            let run = await stage.run("doctor -A -o json")
            let list = try JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any]
            let items = try #require(list?["items"] as? [[String: Any]], "\(run)")
            return items.filter { ["installation", "account", "lease"].contains($0["check"] as? String) }
        }

        private func answer(_ request: HTTPRequest) -> HTTPResponse {
            func json(_ fields: [String: Any]) -> HTTPResponse { FakeCluster.json(ObjectFixture(fields).json) }
            let path = URLComponents(string: request.url)?.path ?? ""
            switch path {
            case "/version": return json(["gitVersion": "v1.29.3"])
            case "/apis/apps/v1/deployments" where request.url.contains("name%3Drollout-heal"):
                return FakeCluster.json(ObjectFixture.list([deployment]))
            case "/apis/coordination.k8s.io/v1/namespaces/shop/leases/rollout-heal":
                return json([
                    "metadata": ["name": "rollout-heal"],
                    "spec": ["holderIdentity": "pod-1", "renewTime": ObjectFixture.ago(3)],
                ])
            case _ where path.hasSuffix("subjectaccessreviews"): return review(request)
            default: return FakeCluster.failure(404, "NotFound", "not found")
            }
        }

        private func review(_ request: HTTPRequest) -> HTTPResponse {
            let body = try? JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any]
            let spec = body?["spec"] as? [String: Any]
            let what = spec?["resourceAttributes"] as? [String: String] ?? [:]
            let name = what["name"].map { "/\($0)" } ?? ""
            let place = what["namespace"].flatMap { $0.isEmpty ? nil : $0 } ?? "all"
            let right = "\(what["verb"] ?? "") \(what["resource"] ?? "")\(name) in \(place)"
            if spec?["user"] != nil { asked.withLock { $0.append(right) } }
            return FakeCluster.json(
                ObjectFixture(["status": ["allowed": spec?["user"] == nil || right != denied]]).json)
        }
    }

    @Test(arguments: [
        "watch --heal --leader-elect --namespace=shop", "watch --heal --leader-elect --namespace shop",
        "watch --heal --leader-elect -n shop", "watch -nshop --heal=true --leader-elect=true",
        "-n=shop watch --heal=refresh --leader-elect=1", "watch --selector -A -n shop --heal --leader-elect",
        "watch --heal -n x -n shop --leader-elect --all-namespaces=false",
        "watch --heal -n ops --leader-elect --leader-elect-lease shop/rollout-heal -n shop",
    ])
    func theNamespaceIsThatOfTheArguments(line: String) async throws {
        let server = Server(line.split(separator: " ").map(String.init))
        let checks = try await server.checks()
        #expect(checks.allSatisfy { $0["status"] as? String == "ok" || $0["check"] as? String == "installation" })
        let lease = try #require(checks.first { $0["check"] as? String == "lease" }, "\(checks)")
        #expect(lease["subject"] as? String == "shop/rollout-heal")
        #expect(server.rights.contains("patch rollouts in shop"), "\(server.rights)")
        #expect(!server.rights.contains { $0.hasSuffix(" in ops") || $0.hasSuffix(" in all") }, "\(server.rights)")
    }

    @Test(arguments: ["watch -A --heal", "watch --heal -An ops", "heal --all-namespaces=t", "restart -A -y"])
    func orAllNamespaces(line: String) async throws {
        let server = Server(line.split(separator: " ").map(String.init))
        let checks = try await server.checks()
        #expect(server.rights.contains("patch rollouts in all"), "\(checks)")
        #expect(!checks.contains { $0["check"] as? String == "lease" })
    }

    @Test(arguments: ["list", "watch", "watch --heal=false", "list --watch", "explain web"])
    func whatOnlyReadsNeedsNoWrites(line: String) async throws {
        let server = Server(line.split(separator: " ").map(String.init))
        _ = try await server.checks()
        #expect(server.rights.contains("list rollouts in ops"), "\(server.rights)")
        #expect(!server.rights.contains { $0.hasPrefix("patch") }, "\(server.rights)")
    }

    @Test(arguments: [
        (["watch", "--frobnicate"], "unknown flag: --frobnicate"),
        (["watch", "--heal", "--max-per-minute=$(RATE)"], "--max-per-minute"),
    ])
    func argumentsThatTheProgramRefusesAreUnknown(words: [String], reason: String) async throws {
        let account = try #require(try await Server(words).checks().first { $0["check"] as? String == "account" })
        #expect(account["status"] as? String == "unknown")
        #expect((account["message"] as? String)?.contains(reason) == true, "\(account)")
    }

    @Test func argumentsOfAnotherProgramAreNotJudged() async throws {
        let checks = try await Server(["eventsource-service"]).checks()
        #expect(checks.map { $0["check"] as? String } == ["installation"])
    }

    /// The roles of `deploy/` grant `get` and `update` for the Lease by its name.
    @Test(arguments: [
        ("create leases in shop", "problem", "the Lease: missing in namespace shop: create leases"),
        ("get leases/rollout-heal in shop", "problem", "the Lease: missing in namespace shop: get leases"),
        ("update leases/rollout-heal in shop", "problem", "the Lease: missing in namespace shop: update leases"),
        ("patch events in ops", "warning", "patch events (without it, "),
        ("watch namespaces in all", "warning", "watch namespaces (without it, "),
        ("list namespaces in all", "warning", "list namespaces (without it, "),
    ])
    func aRightThatTheArgumentsTakeAndTheAccountLacks(denied: String, status: String, message: String) async throws {
        let words = ["watch", "--heal", "--opt-in", "--leader-elect", "--leader-elect-lease=shop/rollout-heal"]
        let server = Server(words, denied: denied)
        let accounts = try await server.checks().filter { $0["check"] as? String == "account" }
        let bad = accounts.filter { $0["status"] as? String != "ok" }
        #expect(accounts.count == 2 && bad.count == 1, "\(accounts), \(server.rights)")
        #expect(bad.first?["status"] as? String == status)
        #expect((bad.first?["message"] as? String)?.contains(message) == true, "\(accounts)")
    }

    @Test func withoutElectionNoRightOnLeasesIsAskedFor() async throws {
        let server = Server(["watch", "--heal", "-A"])
        _ = try await server.checks()
        #expect(!server.rights.contains { $0.contains("leases") })
    }

    @Test func aDeploymentThatIsScaledToZeroIsNoFault() async throws {
        let checks = try await Server(["watch", "--heal", "-A", "--leader-elect"], replicas: 0).checks()
        let installation = try #require(checks.first)
        #expect(installation["status"] as? String == "warning")
        #expect((installation["message"] as? String)?.contains("scaled to 0") == true, "\(installation)")
        #expect(!checks.contains { $0["check"] as? String == "lease" }, "\(checks)")
    }
}

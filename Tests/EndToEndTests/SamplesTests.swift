import Foundation
import HTTPTransport
import TestSupport
import Testing

/// The real binary on a real API server, which `scripts/ci/test` starts; skipped without it.
@Suite(.onCluster, .inTurn)
struct SamplesTests {
    private struct Stored: Decodable {
        struct Item: Decodable {
            struct Metadata: Decodable {
                var namespace: String
                var name: String
                var annotations: [String: String]?
                var creationTimestamp: String
            }
            var metadata: Metadata
        }
        var items: [Item]
    }

    private struct Diagnoses: Decodable {
        struct Item: Decodable {
            var namespace: String
            var name: String
            var diagnosis: String?
            var heldBy: String?
        }
        var apiVersion: String
        var kind: String
        var items: [Item]
    }

    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    /// Returns the expected diagnosis and gate per name, from the annotations of the stored samples. Waits until they
    /// are old enough for all diagnoses.
    private func expected() async throws -> [String: String] {
        let answer = try await cluster.request(.get, "/apis/argoproj.io/v1alpha1/rollouts")
        let items = try JSONDecoder().decode(Stored.self, from: Data(answer.body)).items
        let made = items.filter { $0.metadata.annotations?["rollout-heal.test/expected-diagnosis"] != nil }
            .compactMap { ISO8601DateFormatter().date(from: $0.metadata.creationTimestamp) }
        let age = -(made.max()?.timeIntervalSinceNow ?? 0)
        if age < 61 { try await Task.sleep(for: .seconds(61 - age)) }
        return items.reduce(into: [:]) { expected, item in
            guard let word = item.metadata.annotations?["rollout-heal.test/expected-diagnosis"] else { return }
            let gate = item.metadata.annotations?["rollout-heal.test/expected-held-by"] ?? ""
            expected["\(item.metadata.namespace)/\(item.metadata.name)"] = word == "no match" ? "-" : "\(word) \(gate)"
        }
    }

    private func judged(_ output: String, _ wanted: [String: String]) throws -> [String: String] {
        let list = try JSONDecoder().decode(Diagnoses.self, from: Data(output.utf8))
        #expect(list.apiVersion == "rollout-heal/v1")
        #expect(list.kind == "DiagnosisList")
        return list.items.reduce(into: [:]) { judged, item in
            let key = "\(item.namespace)/\(item.name)"
            if wanted[key] != nil { judged[key] = item.diagnosis.map { "\($0) \(item.heldBy ?? "")" } ?? "-" }
        }
    }

    @Test(arguments: [[], ["--fresh"], ["--disable-compression"]])
    func everySampleIsJudgedAsItSays(_ flags: [String]) async throws {
        let wanted = try await expected()
        #expect(wanted.count > 25)
        let matching = try await PluginProcess.run(
            TestCluster.binary, ["list", "-A", "-o", "json"] + flags, environment: ["KUBECONFIG": cluster.kubeconfig])
        // Includes those of namespace search, and of other tests running there.
        let note = " more Rollouts are Degraded for other reasons: --all shows them\n"
        #expect(matching.status == 0 && matching.errors.hasSuffix(note), "\(matching.errors)")
        #expect(matching.errors.split(separator: "\n").count == 1)
        #expect(try judged(matching.output, wanted) == wanted.filter { $0.value != "-" })
        let all = try await PluginProcess.run(
            TestCluster.binary, ["list", "-A", "--all", "-o", "json"] + flags,
            environment: ["KUBECONFIG": cluster.kubeconfig])
        #expect(try judged(all.output, wanted) == wanted)
    }

    /// Samples saved by kubectl and judged without a cluster give the same diagnoses.
    @Test(arguments: ["json", "yaml"])
    func savedObjectsAreJudgedAsLiveOnes(_ format: String) async throws {
        let saved = try await PluginProcess.run(
            "kubectl", ["get", "rollouts.argoproj.io,replicasets.apps", "-A", "-o", format],
            environment: ["KUBECONFIG": cluster.kubeconfig, "HOME": cluster.folder])
        let wanted = try await expected()
        let judgement = try await PluginProcess.run(
            TestCluster.binary, ["list", "-f", "-", "-o", "json"], input: saved.output)
        #expect(judgement.status == 0, "\(judgement.errors)")
        #expect(try judged(judgement.output, wanted) == wanted.filter { $0.value != "-" })
    }

    /// Compares with the filter of the script that this program replaced, run by jq on the same objects.
    @Test func theScriptsFilterAndOursAgree() async throws {
        let filter = """
            .items[] | select(.status.phase == "Degraded" and (.status.message | test("ProgressDeadlineExceeded"))).metadata.name
            """
        for namespace in ["shop", "payments"] {
            let stored = try await cluster.request(
                .get, "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts")
            let script = try await PluginProcess.run(
                "jq", ["-r", filter], input: String(decoding: stored.body, as: UTF8.self))
            let ours = try await cluster.plugin("list", "-n", namespace, "-o", "name")
            let names = ours.output.replacingOccurrences(of: "rollout.argoproj.io/", with: "")
            #expect(script.status == 0 && !script.output.isEmpty)
            #expect(Set(names.split(separator: "\n")) == Set(script.output.split(separator: "\n")))
        }
        // The script fails on a Degraded Rollout without message; a generation not yet observed is no match for us.
        let search = try await cluster.request(.get, "/apis/argoproj.io/v1alpha1/namespaces/search/rollouts")
        let script = try await PluginProcess.run(
            "jq", ["-r", filter], input: String(decoding: search.body, as: UTF8.self))
        #expect(script.status == 5)
        let ours = try await cluster.plugin("list", "-n", "search")
        #expect(ours.status == 0)
        #expect(ours.output.isEmpty)
        #expect(
            ours.errors == "2 Rollouts in search namespace are Degraded for other reasons: --all shows them\n")
        // Without a stored phase, the script finds nothing; we judge by the conditions.
        #expect(try await cluster.plugin("list", "-n", "legacy", "-o", "name").output.contains("old-controller"))
    }

    /// The pipe of README.md, with a real xargs; and the same from what was saved.
    @Test func whatListPrintsIsTakenByExplain() async throws {
        let template = #"jsonpath={range .items[*]}{.namespace}/{.name}{"\n"}{end}"#
        // Other tests change what is in other namespaces between the two.
        var names = try await cluster.plugin("list", "-n", "views", "-o", template)
        // A stale view is shown before the time-out once the samples are 15 s old.
        for _ in 0..<30 where !names.output.contains("views/unobserved\n") || !names.output.contains("views/stock\n") {
            try await Task.sleep(for: .seconds(1))
            names = try await cluster.plugin("list", "-n", "views", "-o", template)
        }
        #expect(names.status == 0 && names.output.contains("views/orders\n"))
        let explained = try await cluster.shell(
            #"rollout-heal list -n views -o jsonpath='{range .items[*]}{.namespace}/{.name}{"\n"}{end}' | xargs rollout-heal explain"#
        )
        let shown = explained.output.split(separator: "\n").filter { $0.hasPrefix("Name:") }
        #expect(explained.status == 0 && shown.count == names.output.split(separator: "\n").count, "\(explained)")
        let named = try await cluster.shell(
            "rollout-heal list -n shop -o name | xargs rollout-heal explain -n shop -o json")
        #expect(named.status == 0 && named.output.contains("\"kind\": \"ExplanationList\""), "\(named)")
    }

    @Test func savedObjectsAreExplained() async throws {
        var saved: [String] = []
        for (path, kind) in [("argoproj.io/v1alpha1", "Rollout"), ("apps/v1", "ReplicaSet")] {
            let list = try await cluster.request(.get, "/apis/\(path)/namespaces/shop/\(kind.lowercased())s").body
            let objects = try #require(try JSONSerialization.jsonObject(with: Data(list)) as? [String: Any])
            for item in try #require(objects["items"] as? [[String: Any]]) {
                // As kubectl prints them, whatever the server leaves out.
                let object = item.merging(["apiVersion": path, "kind": kind]) { $1 }
                saved.append(String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self))
            }
        }
        let run = try await cluster.plugin("explain", "cart", "-f", "-", input: saved.joined(separator: "\n"))
        #expect(run.status == 0 && run.output.contains("stuck: 21 of 21 pods are available"), "\(run)")
    }

    @Test func outputsAreWhatScriptsExpect() async throws {
        let found = try await cluster.plugin("list", "-n", "payments", "--exit-code", "--no-headers")
        #expect(found.status == 10)
        let first = found.output.split(separator: "\n")[0].split(separator: " ").prefix(4)
        #expect(first == ["archive-zero", "Degraded", "0/0", "scaled-to-zero"])
        #expect(try await cluster.plugin("list", "-n", "search", "--exit-code").status == 0)
        let wide = try await cluster.plugin("list", "-A", "-o", "wide")
        let header =
            "NAMESPACE NAME PHASE READY DIAGNOSIS FOR LAST-RESTART STRATEGY MESSAGE REPLICASET RESTARTS REFRESHED"
        #expect(wide.output.split(separator: "\n")[0].split(separator: " ").joined(separator: " ") == header)
        let empty = try await cluster.plugin("list", "-n", "search", "-o", "json")
        #expect(try JSONDecoder().decode(Diagnoses.self, from: Data(empty.output.utf8)).items.isEmpty)
        let explained = try await cluster.plugin("explain", "cart", "-n", "shop")
        #expect(explained.output.contains("stuck: 21 of 21 pods are available"))
        #expect(explained.output.contains("A refresh is due"))
    }

    @Test func withoutReplicaSetsNothingIsProvenAndTheMissingRightIsNamed() async throws {
        let list = try await cluster.plugin("list", "-n", "payments", context: "no-replicasets")
        #expect(list.status == 0)
        #expect(list.output.contains("unproven"))
        #expect(!list.output.contains("stuck"))
        #expect(list.errors.contains("grant verb list on resource replicasets in API group apps"))
    }
}

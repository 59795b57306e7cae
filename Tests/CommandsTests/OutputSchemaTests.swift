import Documents
import Formats
import Foundation
import HTTPTransport
import KubeClient
import RolloutHeal
import Rollouts
import TestSupport
import Testing

@testable import Commands

/// docs/schemas matches the code, and the commands' output is valid under it. To regenerate it:
/// `ROLLOUT_HEAL_WRITE_DOCS=1 scripts/ci/test OutputSchema`.
@Suite(.serialized) struct OutputSchemaTests {
    @Test func theFilesAreWhatTheCodeSays() throws {
        for schema in OutputSchemas.all {
            let text = schema.node.json(pretty: true) + "\n"
            if ProcessInfo.processInfo.environment["ROLLOUT_HEAL_WRITE_DOCS"] != nil {
                try text.write(to: schema.file, atomically: true, encoding: .utf8)
            } else {
                #expect(try String(contentsOf: schema.file, encoding: .utf8) == text, "\(schema.name)")
            }
        }
        let folder = try #require(OutputSchemas.all.first).file.deletingLastPathComponent().path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.sorted() == OutputSchemas.all.map { "\($0.name).json" }.sorted())
    }

    /// The errors in `text` under the schema `name`; empty if it is valid.
    private func faults(_ text: String, _ name: String) throws -> [String] {
        let schema = try #require(OutputSchemas.all.first { $0.name == name })
        let node = try YAMLNode.firstDocument(in: Array(Data(contentsOf: schema.file)))
        return SchemaChecker.faults(try .firstDocument(in: Array(text.utf8)), node)
    }

    private let replicaSet = ObjectFixture.replicaSet(of: "ill", available: 1)
    private var objects: [ObjectFixture] {
        [
            .rollout("web"), .rollout("cart", namespace: "stage"), .rollout("well", status: ["phase": "Healthy"]),
            .rollout("paused", spec: ["paused": true]), .rollout("stale", status: ["replicas": 7]),
            ObjectFixture.rollout("ill").believing([replicaSet]),
            .rollout("canary", spec: ["strategy": ["canary": [String: String]()]]),
        ]
    }

    private func stage(forbids: Bool = false) -> Stage {
        let sets = ["web", "well", "paused", "stale", "canary"].map { ObjectFixture.replicaSet(of: $0).marked(60) }
        return Stage(objects, replicaSets: sets + [replicaSet], controller: .heals) { request, _ in
            forbids && request.url.contains("/replicasets")
                ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
    }

    @Test(arguments: [
        ("list", "list -A --all -o json"), ("list", "list -o json --contexts ctx"), ("list", "list nosuch -o json"),
        ("explain", "explain -A -o json"), ("explain", "explain well web -o json --policy rule"),
        ("heal", "heal -A -o json --yes"), ("heal", "heal well ill stale nosuch -o json"),
        ("heal", "heal -A -o json --dry-run=client"), ("heal", "refresh stale well paused -o json --force"),
        ("heal", "heal web -o json --wait=false --yes"),
        ("restart", "restart -A -o json --yes"), ("restart", "restart web ill nosuch -o json --no-refresh"),
        ("restart", "restart -A --policy rule -o json --yes --wait=false"),
        ("restart", "restart --cancel web -o json"), ("version", "version -o json"),
    ])
    func whatCommandsPrintIsValid(schema: String, line: String) async throws {
        for forbids in [false, true] {
            let run = await stage(forbids: forbids).run(line)
            #expect(run.out.hasPrefix("{\n"), "\(run)")
            #expect(try faults(run.out, schema) == [], "\(run.out)")
        }
    }

    @Test func whatDoctorPrintsIsValid() async throws {
        for image in ["argo-rollouts:v1.7.1", "argo-rollouts:latest", "argo-rollouts:v1.10.0"] {
            for line in ["doctor -A -o json", "doctor -A -o json --contexts ctx"] {
                let run = await DoctorProgramTests.stage(denied: "patch", image: image).run(line)
                #expect(try faults(run.out, "doctor") == [], "\(run)")
            }
        }
    }

    @Test func linesOfWatchAreValid() throws {
        let id = RolloutID(namespace: "shop", name: "web")
        let moment = Timestamp(secondsSince1970: ObjectFixture.now)
        for kind in Change.Kind.allCases {
            let recovery = Change.Recovery(by: .refresh, duration: .seconds(3), evicted: nil)
            let changes = [
                Change(kind, id, diagnosis: .stale, gate: .settle, message: "m", recovery: recovery),
                Change(kind, message: ""),
            ]
            for change in changes {
                #expect(try faults(ChangeLine.json(change, at: moment), "watch") == [], "\(change)")
            }
        }
    }

    @Test(arguments: [
        (#"{"version":"1","commit":"c","swift":"s","libcurl":"l","tls":"t"}"#, "/: platform is missing"),
        (
            #"{"version":1,"commit":"c","swift":"s","libcurl":"l","tls":"t","platform":"p"}"#,
            "/version: a number is not string"
        ),
        (
            #"{"version":"1","commit":"c","swift":"s","libcurl":"l","tls":"t","platform":"p","x":1}"#,
            "/: x is not in the schema"
        ),
    ])
    func whatIsNotIsRefused(text: String, fault: String) throws {
        #expect(try faults(text, "version") == [fault])
    }

    @Test func wordsAndTimesAreRefusedToo() throws {
        let line =
            #"{"ts":"now","type":"LOST","namespace":null,"name":null,"diagnosis":"bad","gate":null,"action":null,"message":"m"}"#
        #expect(
            try faults(line, "watch") == [
                "/ts: now is not a time", "/type: LOST is not one of the words",
                "/diagnosis: bad is not one of the words",
            ])
        let list = #"{"apiVersion":"rollout-heal/v1","kind":"HealList","dryRun":"none","items":[{"name":"a"}]}"#
        #expect(try faults(list, "heal").contains("/items/0: namespace is missing"))
    }
}

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
            #"{"ts":"now","type":"LOST","namespace":null,"name":null,"diagnosis":"bad","gate":null,"message":"m"}"#
        #expect(
            try faults(line, "watch") == [
                "/ts: now is not a time", "/type: LOST is not one of the words",
                "/diagnosis: bad is not one of the words",
            ])
        let list = #"{"apiVersion":"rollout-heal/v1","kind":"HealList","dryRun":"none","items":[{"name":"a"}]}"#
        #expect(try faults(list, "heal").contains("/items/0: namespace is missing"))
    }
}

/// Validates the part of JSON Schema that docs/schemas uses.
enum SchemaChecker {
    static func faults(_ node: YAMLNode, _ schema: YAMLNode, at place: String = "") -> [String] {
        let path = place.isEmpty ? "/" : place
        let types = schema["type"]?.items?.compactMap(\.string) ?? [schema["type"]?.string ?? ""]
        guard types.contains(type(of: node)) else {
            return ["\(path): \(node.kind) is not \(types.joined(separator: " or "))"]
        }
        if node.isNull { return [] }
        var faults: [String] = []
        if let words = schema["enum"]?.items, !words.contains(where: { $0.string == node.string }) {
            faults.append("\(path): \(node.string ?? "") is not one of the words")
        }
        if schema["format"]?.string == "date-time", node.string.flatMap({ Timestamp(rfc3339: $0) }) == nil {
            faults.append("\(path): \(node.string ?? "") is not a time")
        }
        if let items = node.items, let each = schema["items"] {
            faults += items.enumerated().flatMap { self.faults($1, each, at: "\(place)/\($0)") }
        }
        guard let pairs = node.pairs else { return faults }
        faults += (schema["required"]?.items ?? []).compactMap(\.string).filter { node[$0] == nil }.map {
            "\(path): \($0) is missing"
        }
        for (key, value) in pairs {
            if let property = schema["properties"]?[key] {
                faults += self.faults(value, property, at: "\(place)/\(key)")
            } else if schema["additionalProperties"]?.bool == false {
                faults.append("\(path): \(key) is not in the schema")
            }
        }
        return faults
    }

    private static func type(of node: YAMLNode) -> String {
        switch node.value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .float: "number"
        case .string: "string"
        case .sequence: "array"
        case .mapping: "object"
        }
    }
}

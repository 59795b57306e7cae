import Foundation
import TestSupport
import Testing

/// `scripts/dev/stand-in-controller` for a cluster; it develops faults on command.
///
/// Its process is only read from and signalled, which is safe from any thread.
final class StandIn: @unchecked Sendable {
    /// The stand-in of the whole suite.
    @TaskLocal static var current: StandIn?

    /// The name by which another stand-in on the same cluster leaves our objects alone.
    let instance: String
    private let cluster: TestCluster
    private let process: RunningPlugin
    private let log: String

    /// Returns when the stand-in is ready.
    init(_ cluster: TestCluster) async throws {
        self.cluster = cluster
        instance = "test-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))"
        log = "\(cluster.folder)/stand-in-\(instance).jsonl"
        process = try RunningPlugin(
            "/usr/bin/env",
            [
                "python3", "scripts/dev/stand-in-controller", "--dir", cluster.folder, "--instance-id", instance,
                "--log", log,
            ], environment: [:])
        try await process.wait("a stand-in") { process.errors.contains("no pod runs anywhere") }
    }

    func stop() async throws {
        process.signal(SIGTERM)
        _ = try await process.end()
    }

    /// Runs `body` with a separate stand-in, whose controller may be down.
    static func own(_ body: (StandIn) async throws -> Void) async throws {
        let standIn = try await StandIn(TestCluster())
        do {
            try await body(standIn)
        } catch {
            try await standIn.stop()
            throw error
        }
        try await standIn.stop()
    }

    struct State: Decodable {
        struct Fault: Decodable {
            var object: String
            var lost: Bool
        }
        var ok: Bool
        var evicted: [String: Int]?
        var faults: [Fault]?
    }

    @discardableResult
    func tell(_ words: String...) async throws -> State {
        let told = try await PluginProcess.run(
            "python3",
            ["scripts/dev/stand-in-controller", "--dir", cluster.folder, "--instance-id", instance, "tell"] + words)
        guard told.status == 0 else {
            throw TestCluster.Refused(path: words.joined(separator: " "), answer: told.output + told.errors)
        }
        return try JSONDecoder().decode(State.self, from: Data(told.output.utf8))
    }

    /// The phases that it wrote to the Rollout `key`, in order.
    func phases(of key: String) throws -> [String] {
        struct Line: Decodable {
            var event: String
            var object: String?
            var phase: String?
        }
        return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .filter { $0.event == "phase" && $0.object == key }.compactMap(\.phase)
    }
}

extension Trait where Self == StandInTrait {
    /// For suites that need a controller.
    static var besideAStandIn: Self { StandInTrait() }
}

/// Starts a stand-in before the first test of a suite, and stops it after the last.
struct StandInTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await StandIn.own { standIn in
            try await StandIn.$current.withValue(standIn) { try await function() }
        }
    }
}

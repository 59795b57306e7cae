import Foundation
import HTTPTransport
import TestSupport
import Testing

/// One command, one of its requests, and a fault at that moment.
final class FaultCell: @unchecked Sendable {
    struct Row: Sendable {
        var words: [String]
        var stage: StagedServer.Stage
        var moment: StagedServer.Moment

        static let all: [Row] = [
            Row(words: ["list", "--fresh"], stage: .list, moment: .answered),
            Row(words: ["list", "--fresh"], stage: .replicaSets, moment: .asked),
            Row(words: ["restart"], stage: .list, moment: .answered),
            Row(words: ["restart"], stage: .replicaSets, moment: .asked),
            Row(words: ["restart"], stage: .patch, moment: .asked),
            Row(words: ["restart"], stage: .patch, moment: .answered),
            Row(words: ["restart", "--wait"], stage: .get, moment: .asked),
            Row(words: ["watch", "--heal"], stage: .replicaSets, moment: .asked),
            Row(words: ["watch", "--heal"], stage: .patch, moment: .answered),
            Row(words: ["watch", "--heal"], stage: .watch, moment: .answered),
        ]
    }

    let fault: Fault
    let row: Row
    let cluster: TestCluster
    let namespace: String
    let account: ServiceAccount
    let server: StagedServer
    private let network: NetworkNamespace?
    private var run: RunningPlugin?

    init(_ fault: Fault, _ row: Row, on cluster: TestCluster, in network: NetworkNamespace?) async throws {
        self.fault = fault
        self.row = row
        self.cluster = cluster
        self.network = network
        namespace = try await cluster.makeNamespace("stage")
        let account = try await ServiceAccount(cluster, name: namespace)
        self.account = account
        server = try StagedServer(
            to: cluster, in: network, token: { account.token }, holding: row.stage, row.moment)
        try await fill()
    }

    /// Whether the command runs until it is stopped, as a watch does.
    var goesOn: Bool { row.words[0] == "watch" }
    var name: String { "\(fault) x \(row.words.joined(separator: " ")) at \(row.stage), \(row.moment)" }

    func fill() async throws {
        // The test cluster has no garbage collector.
        _ = try await cluster.request(.delete, "/apis/apps/v1/namespaces/\(namespace)/replicasets")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
    }

    func start() throws {
        // Refusals are tolerated until the time limit.
        let patience =
            switch fault {
            case .rightsRevoked, .tokenExpired: "60s"
            case .definitionRemoved: "30s"
            default: fault.isSilence ? "18s" : "90s"
            }
        let more: [String] =
            switch row.words.last {
            case "--wait": ["--timeout", patience]
            case "--heal":
                [
                    "--settle", "0s", "--max-per-minute", "1000", "--storm-threshold", "100%", "-o", "json",
                ]
            default: []
            }
        run = try account.start(
            row.words + more + [
                "-n", namespace, "--server", server.url, "--request-timeout", fault.isSilence ? "8s" : "90s",
            ], in: network)
    }

    func signal(_ number: Int32) { run?.signal(number) }

    func isHeld() async throws {
        try await run?.wait("\(name): it asks for \(row.stage)") { server.isHolding }
        if goesOn, isWrittenBefore { try await waitForRestarts(1) }
    }

    /// Completes the restart if the fault is over and the command waits for it.
    func finish() async throws {
        if isWaiting, fault.lasts != nil { try await cluster.finishRestart(namespace, "web") }
    }

    /// Checks the command's output and exit status.
    func judge(onlyEnds: Bool) async throws {
        guard let run else { return }
        if goesOn, fault != .weAreKilled {
            try await waitForRestarts(restarts)
            run.signal(SIGTERM)
        }
        let status = try await run.end(seconds: 180)
        if onlyEnds { return }
        let right = expectation
        let said = run.output + run.errors
        #expect(status == right.status, "\(name): \(said)")
        #expect(said.contains(try Regex(right.words)), "\(name): \(said)")
    }

    private func waitForRestarts(_ count: Int) async throws {
        try await run?.wait("\(name): \(count) restarts", seconds: 180) {
            // The response may be held by the server; then the API server's audit log decides.
            let isTold = !server.isOpen || run?.names("RESTARTED").contains("web") == true
            return try isTold && cluster.patches(in: namespace).count { $0 == 200 } >= count
        }
    }

    /// Runs `restart` twice more, after which everything must have happened exactly once.
    func healsOnce() async throws {
        for _ in 0..<2 {
            let after = try account.start(["restart", "-n", namespace])
            #expect(try await after.end(seconds: 120) == 0, "\(name): \(after.errors)")
        }
        let problems = try await problems
        #expect(problems.isEmpty, "\(name)")
    }

    /// The discrepancies between the expected number of restarts and the audit log and object.
    var problems: [String] {
        get async throws {
            var found: [String] = []
            // The status depends on whether the API server or its etcd client gives up first.
            let patches = try cluster.patches(in: namespace).map {
                fault == .etcdStoppedForLong && $0 == 500 ? 504 : $0
            }
            // etcd may still perform a write on which the API server has given up.
            let isDoneLate = fault == .etcdStoppedForLong && patches == [504]
            // A watch may see the fault before or after its PATCH; a killed process's request may arrive last.
            let told = goesOn || fault == .weAreKilled ? patches.filter { $0 == 200 } : patches
            if told != refusals + Array(repeating: 200, count: restarts), !isDoneLate {
                found.append("PATCHes: \(patches)")
            }
            // The generation is 1 after creation, and increases with each change of the spec.
            let metadata = try await cluster.rollout(namespace, "web")["metadata"] as? [String: Any]
            let generation = metadata?["generation"] as? Int
            if generation != 2 { found.append("generation: \(generation ?? 0)") }
            return found
        }
    }
}

// The expected results.
extension FaultCell {
    private var isWaiting: Bool { row.words.last == "--wait" }

    /// Whether the restart was requested before the fault.
    private var isWrittenBefore: Bool {
        row.stage == .get || row.stage == .watch || row.stage == .patch && row.moment == .answered
    }

    private var restarts: Int { fault.destroys && isWrittenBefore ? 2 : 1 }

    /// Whether the ReplicaSets read after the fault differ from those of the Rollout that was read, so that nothing is
    /// restarted.
    private var isSeenByEvidence: Bool {
        guard row.words == ["restart"], [.namespaceDeleted, .objectMadeAnew].contains(fault) else { return false }
        return row.stage == .list || row.stage == .replicaSets && row.moment == .asked
    }

    /// Whether the ReplicaSets become unreadable before they are read: without evidence nothing is restarted.
    private var isUnprovenThen: Bool {
        row.stage == .list || row.stage == .replicaSets && row.moment == .asked
    }

    /// The statuses of the PATCH requests that are sent despite the fault.
    private var refusals: [Int] {
        guard row.words == ["restart"], !isWrittenBefore, !isSeenByEvidence else { return [] }
        return switch fault {
        case .definitionRemoved, .namespaceDeleted, .objectDeleted: [404]
        case .objectChanged, .objectMadeAnew: [409]
        case .rightsRevoked where !isUnprovenThen: [403]
        case .etcdStoppedForLong where row.stage == .patch: [504]
        default: []
        }
    }

    private var expectation: (status: Int32, words: String) {
        if fault == .weAreKilled { return (137, "^|restarted") }
        switch row.words[0] {
        case "watch": return (0, "RESTARTED")
        case "list": return ofList
        default: return isWaiting ? ofWaiting : ofRestart
        }
    }

    private static let unproven: (Int32, String) =
        (0, "unproven(?s:.*)warning: ReplicaSets in namespace .* cannot be read")

    private var ofList: (Int32, String) {
        switch fault {
        case .tokenExpired: (3, "must be logged in")
        case .rightsRevoked: Self.unproven
        // What its evidence calls stale is read again: it is gone, or it is another.
        case .namespaceDeleted: (0, "No Rollout needs healing")
        default: fault.isSilence ? (1, "Unable to connect to the server: timed out") : (0, "web .* stuck")
        }
    }

    private var ofRestart: (Int32, String) {
        let done: (Int32, String) = (0, "rollout.argoproj.io/web restarted")
        if isSeenByEvidence { return (0, #"rollout.argoproj.io/web skipped \((stale|unsettled):"#) }
        if isWrittenBefore {
            return fault == .partitionedForLong ? (1, "Unable to connect to the server: timed out") : done
        }
        return switch fault {
        case .definitionRemoved: (1, "error: the server doesn't have a resource type \"rollouts\"")
        case .namespaceDeleted, .objectDeleted:
            (1, #"Error from server \(NotFound\): rollouts.argoproj.io "web" not found"#)
        case .rightsRevoked where isUnprovenThen: Self.unproven
        case .rightsRevoked: (3, #"Error from server \(Forbidden\)"#)
        case .tokenExpired: (3, "must be logged in")
        default: fault.isSilence ? (1, "Unable to connect to the server: timed out") : done
        }
    }

    private var ofWaiting: (Int32, String) {
        let why: String? =
            switch fault {
            case .definitionRemoved: "the server doesn't have a resource type"
            case .namespaceDeleted, .objectDeleted: "it was deleted"
            case .objectMadeAnew: "(spec.restartAt was changed to nothing|it was deleted)"
            case .rightsRevoked: #"Error from server \(Forbidden\)"#
            case .tokenExpired: "You must be logged in"
            default: fault.isSilence ? "Unable to connect to the server: timed out" : nil
            }
        guard let why else { return (0, #"web recovered \(after \d+ s\)"#) }
        // The last read may be cut off by the time limit.
        return (4, #"web not recovered \((Unable to connect to the server: timed out|"# + why + ")")
    }
}

import Foundation
import Synchronization
import TestSupport
import Testing

/// Faults at each request of a running command: exact exit statuses, and one restart per Rollout in total.
///
/// ``FaultMatrixTests`` covers faults before a command starts.
@Suite(.onCluster, .inTurn)
struct FaultMatrixStagesTests {
    /// Faults of the API server affect all commands at once; the faults are split over two clusters.
    @Test(arguments: [Array(Fault.ofServers.prefix(4)), Array(Fault.ofServers.dropFirst(4))])
    func serversThatFailAtEachRequest(faults: [Fault]) async throws {
        try await TestCluster.own { cluster in
            for fault in faults {
                let cells = try await start(fault, on: cluster, in: nil)
                defer { for cell in cells { cell.server.release() } }
                for cell in cells { try await cell.isHeld() }
                for cell in cells { cell.server.isAway = fault.isAbsence }
                try await fault.begin(cluster, cells[0])
                for cell in cells { cell.server.release() }
                try await end(fault, cells, on: cluster)
            }
        }
    }

    /// Faults of the network require root.
    @Test(.enabled(if: NetworkNamespace.isPossible, "a network of its own takes root"))
    func aNetworkThatIsPartitionedAtEachRequest() async throws {
        for fault in Fault.allCases where fault.isOfNetwork { try await whatIsTakenAwayAtEachRequest(fault: fault) }
    }

    @Test(arguments: Fault.ofOne)
    func whatIsTakenAwayAtEachRequest(fault: Fault) async throws {
        let cluster = try TestCluster()
        let network = fault.isOfNetwork ? try await NetworkNamespace() : nil
        let cells = try await start(fault, on: cluster, in: network)
        defer { for cell in cells { cell.server.release() } }
        for cell in cells { try await cell.isHeld() }
        if let network {
            try await network.setLink(up: false)
            for cell in cells { cell.server.release() }
            try await end(fault, cells, on: cluster) { try await network.setLink(up: true) }
            return
        }
        try await withThrowingTaskGroup { group in
            for cell in cells {
                group.addTask {
                    try await fault.begin(cluster, cell)
                    cell.server.release()
                }
            }
            try await group.waitForAll()
        }
        try await end(fault, cells, on: cluster)
    }

    private func start(
        _ fault: Fault, on cluster: TestCluster, in network: NetworkNamespace?
    ) async throws -> [FaultCell] {
        var cells: [FaultCell] = []
        for row in FaultCell.Row.all { cells.append(try await FaultCell(fault, row, on: cluster, in: network)) }
        for cell in cells { try cell.start() }
        return cells
    }

    private func end(
        _ fault: Fault, _ cells: [FaultCell], on cluster: TestCluster, _ mend: () async throws -> Void = {}
    ) async throws {
        let begin = ContinuousClock.now
        if let pause = fault.lasts {
            try await Task.sleep(for: pause)
            try await fault.end(cluster, cells)
            for cell in cells { cell.server.isAway = false }
            try await mend()
        }
        // Reads are retried for about 12 s; a busy machine may take longer to start a server.
        let isLong = fault.isAbsence && ContinuousClock.now - begin > .seconds(10)
        if isLong { print("only counted, not judged: \(fault), because the server took too long to come back") }
        for cell in cells { try await cell.finish() }
        for cell in cells where !cell.goesOn { try await cell.judge(onlyEnds: isLong) }
        if fault.lasts == nil {
            try await fault.end(cluster, cells)
            try await mend()
        }
        for cell in cells where cell.goesOn { try await cell.judge(onlyEnds: isLong) }
        try await withThrowingTaskGroup { group in
            for cell in cells { group.addTask { try await cell.healsOnce() } }
            try await group.waitForAll()
        }
        Self.count.withLock { $0 += cells.count }
        print("faults tried: \(Self.count.withLock { $0 }), the last of them \(fault)")
    }

    private static let count = Mutex(0)

    /// Proves that a second restart would be detected.
    @Test func aSecondRestartIsFound() async throws {
        let cluster = try TestCluster()
        let row = FaultCell.Row(words: ["restart"], stage: .get, moment: .asked)
        let cell = try await FaultCell(.compacted, row, on: cluster, in: nil)
        try await cell.healsOnce()
        for moment in ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"] {
            let again = try await PluginProcess.run(
                "curl",
                [
                    "-sSf", "-X", "PATCH", "--cacert", "\(cluster.folder)/ca.crt", "-H",
                    "Authorization: Bearer \(cell.account.token)", "-H", "Content-Type: application/merge-patch+json",
                    "-d", "{\"spec\":{\"restartAt\":\"\(moment)\"}}",
                    "\(cluster.server)/apis/argoproj.io/v1alpha1/namespaces/\(cell.namespace)/rollouts/web",
                ])
            #expect(again.status == 0, "\(again.errors)")
        }
        #expect(try await cell.problems == ["PATCHes: [200, 200, 200]", "generation: 4"])
    }
}

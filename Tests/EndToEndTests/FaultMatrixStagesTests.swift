import Foundation
import Synchronization
import TestSupport
import Testing

/// What goes wrong while a command is at work, at each of its requests: exact ends, and one restart of each Rollout in all.
///
/// What is wrong before a command begins is in ``FaultMatrixTests``.
@Suite(.onCluster, .inTurn)
struct FaultMatrixStagesTests {
    /// What befalls the API server befalls all commands at once; half of it each on a cluster of its own.
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

    /// Those of the network take root.
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
        // Reads are tried again for a dozen seconds; a machine may take longer to start a server.
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

    /// The proof that a second restart would be found.
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

import Formats
import HTTPTransport
import KubeClient
import KubeConfig
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import Commands
@testable import RolloutHeal

/// What the desk tells while the watch is interrupted.
@Suite(.timeLimit(.minutes(1))) struct NotifyDeskTests {
    /// The number of times that the Rollouts were looked at.
    private final class Looks: Sendable {
        private let count = Atomic(0)
        var all: Int { count.load(ordering: .relaxed) }
        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
    }

    private enum Interruption: CaseIterable {
        case trouble, silence
    }

    private static let blind = 500

    @Test(arguments: Interruption.allCases) private func nothingIsToldWhileNothingIsSeen(
        by interruption: Interruption
    ) async throws {
        let time = ManualTime()
        let looks = Looks()
        let told = Mutex<[Int]>([])
        let transport = ScriptedTransport { _ async throws(HTTPTransportError) in
            told.withLock { $0.append(looks.all) }
            return .scripted(200)
        }
        let console = Console(
            out: { _ in }, err: { _ in }, readLine: { nil }, readInput: { () throws(Console.InputError) in nil },
            isInputTerminal: false, isOutputTerminal: false, isErrorTerminal: false,
            size: { .init(columns: 80, rows: 24) })
        let host = HostEnvironment(variables: [:], workingDirectory: "/") { _ throws(HostEnvironment.FileError) in
            throw .init(isMissing: true, reason: "no such file")
        }
        let world = World(
            host: host, time: time.source, console: console, makeTransport: { _ in transport },
            writeIfPresent: { _, _ in })
        let sender = NotifySender(
            try NotifyTarget("https://h/x", number: 1), place: .init(cluster: "c", context: nil), world: world,
            say: { _ in })
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
            environment: host, time: time.source, userAgent: "test/1")
        let desk = NotifyDesk(
            NoticeBoard.Settings(), [sender], api: RolloutAPI(client: client, time: time.source), time: time.source)
        let row = WatchedRow(
            id: RolloutID(namespace: "shop", name: "web"), phase: "Degraded", desired: 5,
            verdict: Verdict(diagnosis: .unavailable, isDue: false, heldBy: nil),
            since: Timestamp(secondsSince1970: ObjectFixture.now - 60), state: "")
        let sending = Task { await desk.run() }
        let work = Task {
            await desk.work(electing: true, isLeading: { true }) {
                await Task.yield()
                var view = WatchView(
                    rows: [row], count: 1, isSynced: true, isStormy: false, givenUp: 0, degraded: [:],
                    now: Timestamp(secondsSince1970: ObjectFixture.now + time.elapsed.components.seconds))
                guard looks.next() < Self.blind else { return view }
                switch interruption {
                case .trouble: view.trouble = .api(.malformed(what: "cut off", url: "rollouts"))
                case .silence: view.blindness = .silent
                }
                return view
            }
        }
        while told.withLock({ $0.isEmpty }) { await Task.yield() }
        work.cancel()
        await work.value
        desk.finish()
        await sending.value
        let first = try #require(told.withLock { $0.first })
        #expect(first > Self.blind)
    }
}

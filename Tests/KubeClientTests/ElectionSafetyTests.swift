import HTTPTransport
import KubeConfig
import TestSupport
import Testing

@testable import KubeClient

/// SplitMix64: the same seed gives the same schedule.
private struct Chance {
    var state: UInt64

    mutating func unit() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ (word >> 31)) >> 11) / Double(1 << 53)
    }

    mutating func happens(_ probability: Double) -> Bool { unit() < probability }
}

/// Simulates several electors for one Lease with a common clock: requests are slow, lost, performed late or without a
/// response, and processes are suspended for minutes at any point.
///
/// One task runs everything: while a request is pending, the other electors run inside it.
private final class Simulation: @unchecked Sendable {
    struct Process {
        var elector: LeaderElector?
        var isBusy = false
        /// In milliseconds of true time, like all times here.
        var sleepsUntil = 0
        /// The start of its uptime, and the rate of its clock.
        var offset: Double
        var rate: Double
    }

    /// True time in milliseconds.
    var now = 0
    var chance: Chance
    var processes: [Process] = []
    /// Requests whose sender no longer waits, and when they are performed.
    var belated: [(HTTPRequest, at: Int)] = []
    let store = LeaseStore()
    var isCalm = false
    var acquired = 0
    var mostLeaders = 0
    var leaderless = 0

    init(seed: UInt64, processes count: Int) {
        chance = Chance(state: seed)
        for place in 0..<count {
            processes.append(Process(offset: chance.unit() * 1e6, rate: 0.95 + chance.unit() * 0.1))
            processes[place].elector = elector(place)
        }
    }

    private func elector(_ place: Int) -> LeaderElector {
        let time = TimeSource(
            wallClock: { Int64(self.processes[place].offset) }, uptime: { self.uptime(place) },
            sleep: { duration throws(CancellationError) in
                let milliseconds = Double(duration / .milliseconds(1)) / self.processes[place].rate
                self.processes[place].sleepsUntil = self.now + Int(milliseconds) + self.pause()
            },
            random: { self.chance.unit() })
        let transport = ScriptedTransport { request async throws(HTTPTransportError) in
            try await self.send(request, from: place)
        }
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
            environment: HostEnvironment(
                variables: [:], workingDirectory: "/",
                readFile: { _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "") }),
            time: time, userAgent: "test/1")
        return LeaderElector(
            client: client, place: .init(namespace: "ops", name: "healer"), identity: "\(place)-\(chance.unit())",
            fieldManager: "t")
    }

    private func uptime(_ place: Int) -> Duration {
        .milliseconds(Int((processes[place].offset + Double(now)) * processes[place].rate))
    }

    /// Returns how long a process is suspended, mostly zero.
    private func pause() -> Int {
        guard !isCalm, chance.happens(0.05) else { return 0 }
        return Int(chance.unit() * (chance.happens(0.3) ? 120_000 : 12_000))
    }

    private func send(_ request: HTTPRequest, from place: Int) async throws(HTTPTransportError) -> HTTPResponse {
        let timeout = request.timeout.map { Int($0 / .milliseconds(1)) } ?? 5000
        let isSlow = !isCalm && chance.happens(0.15)
        await pass(pause() + Int(chance.unit() * (isSlow ? 7000 : 100)), busy: place)
        if !isCalm, chance.happens(0.1) {
            // Lost response; the request is performed later.
            if chance.happens(0.7) { belated.append((request, now + Int(chance.unit() * 40_000))) }
            await pass(timeout, busy: place)
            throw .timedOut(during: "waiting for the response")
        }
        let answer = store.answer(request)
        await pass(pause() + Int(chance.unit() * (isSlow ? 7000 : 100)), busy: place)
        if !isCalm, chance.happens(0.1) { throw .connectionLost("EOF") }
        return answer
    }

    /// Advances time for all processes except those that wait for a response.
    func pass(_ milliseconds: Int, busy place: Int? = nil) async {
        if let place { processes[place].isBusy = true }
        let end = now + milliseconds
        while now < end {
            now += 50
            if let late = belated.firstIndex(where: { $0.at <= now }) { _ = store.answer(belated.remove(at: late).0) }
            count()
            for other in processes.indices where !processes[other].isBusy && processes[other].sleepsUntil <= now {
                await act(other)
            }
        }
        if let place { processes[place].isBusy = false }
    }

    private func act(_ place: Int) async {
        processes[place].isBusy = true
        _ = await processes[place].elector?.act { if $0 == .acquired { acquired += 1 } }
        if !isCalm, chance.happens(0.01) {
            // The process ends, with or without releasing the Lease, and starts again.
            if chance.happens(0.5) { try? await processes[place].elector?.release() }
            processes[place].elector = elector(place)
        }
        processes[place].isBusy = false
    }

    private func count() {
        let leaders = processes.count { $0.elector?.isLeader ?? false }
        mostLeaders = max(mostLeaders, leaders)
        leaderless = leaders == 0 ? leaderless + 50 : 0
    }
}

@Suite struct ElectionSafetyTests {
    /// Each simulates half an hour of faults.
    @Test(arguments: UInt64(1)...6)
    func twoNeverLeadAtOnce(seed: UInt64) async {
        let simulation = Simulation(seed: seed, processes: seed.isMultiple(of: 3) ? 3 : 2)
        await simulation.pass(1_800_000)
        #expect(simulation.mostLeaders == 1)
        // Leadership changed often.
        #expect(simulation.acquired > 10)
        // After the faults, one process leads and keeps leading.
        simulation.isCalm = true
        await simulation.pass(150_000)
        let before = simulation.acquired
        await simulation.pass(60_000)
        #expect(simulation.leaderless == 0 && simulation.acquired == before && simulation.mostLeaders == 1)
    }
}

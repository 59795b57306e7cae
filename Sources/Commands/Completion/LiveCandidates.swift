internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Synchronization

/// What a shell may offer, and a few words on it.
struct CompletionCandidate: Sendable, Equatable {
    var text: String
    var description: String

    init(_ text: String, _ description: String = "") {
        self.text = text
        self.description = description
    }
}

/// Candidates from a cluster, as far as they are known in time: a shell that waits is worse than one that offers nothing.
struct LiveCandidates: Sendable {
    typealias Offer = @Sendable ([CompletionCandidate]) -> Void

    /// From the start of the program; with what loads it before and ends it after, the answer is there within 300 ms.
    static let patience = Duration.milliseconds(230)
    /// How long what is under way may take to end itself; then the end of the process ends it.
    private static let grace = Duration.milliseconds(10)

    private let world: World

    init(_ world: World) {
        self.world = world
    }

    /// What `ask` has offered last before time is up; nothing, in silence, where it fails.
    func find(
        _ line: CompletionLine, _ ask: @escaping @Sendable (Session, Offer) async -> Void
    ) async -> [CompletionCandidate] {
        guard let options = try? ConnectionOptions.parse(line.connectionArguments) else { return [] }
        var quiet = world
        quiet.console.err = { _ in }
        quiet.console.isInputTerminal = false
        guard let session = try? Session(options, in: quiet) else { return [] }
        let offered = Offered()
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        // Not a group's children, which would be waited for: a name server that does not answer takes its time to give up.
        let asking = Task {
            await ask(session) { offered.candidates = $0 }
            end.yield()
        }
        let clock = Task { [time = world.time] in
            try await time.sleep(max(.zero, Self.patience - time.uptime()))
            end.yield()
            asking.cancel()
            try await time.sleep(Self.grace)
            end.yield()
        }
        var endings = ends.makeAsyncIterator()
        await endings.next()
        let candidates = offered.candidates
        if asking.isCancelled { await endings.next() }
        clock.cancel()
        return candidates
    }

    private final class Offered: Sendable {
        private let state = Mutex<[CompletionCandidate]>([])

        var candidates: [CompletionCandidate] {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }
}

internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Synchronization

/// A completion with a short description.
struct CompletionCandidate: Sendable, Equatable {
    var text: String
    var description: String

    init(_ text: String, _ description: String = "") {
        self.text = text
        self.description = description
    }
}

/// Candidates from a cluster, as far as they arrive in time: no completions are better than a blocked shell.
struct LiveCandidates: Sendable {
    typealias Offer = @Sendable ([CompletionCandidate]) -> Void

    /// The time limit from program start; with loading and exit, the answer is complete within 300 ms.
    static let patience = Duration.milliseconds(230)
    /// The time for requests to end before the process exits.
    private static let grace = Duration.milliseconds(10)

    private let world: World

    init(_ world: World) {
        self.world = world
    }

    /// Returns the last candidates that `ask` offered within the time limit; empty, without a message, if it fails.
    func find(
        _ line: CompletionLine, _ ask: @escaping @Sendable (Session, Offer) async -> Void
    ) async -> [CompletionCandidate] {
        guard let options = try? ConnectionOptions.parse(line.connectionArguments) else { return [] }
        var quiet = world
        quiet.console.err = { _ in }
        quiet.console.isInputTerminal = false
        guard let session = try? Session(options, as: .complete, in: quiet) else { return [] }
        let offered = Offered()
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        // Not in a task group, which would wait: an unresponsive name server blocks for a long time.
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

import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// For suites that need a real API server.
    static var onCluster: Self {
        .enabled(if: TestCluster.folder != nil, "scripts/ci/test starts the cluster that this needs")
    }
}

extension Trait where Self == TurnTrait {
    /// For suites that start programs: at most eight of their tests run at once. More would measure how busy the
    /// machine is.
    static var inTurn: Self { TurnTrait() }
}

struct TurnTrait: SuiteTrait, TestTrait, TestScoping {
    private static let turns = Turns(8)

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await Self.turns.begin()
        do {
            try await function()
            await Self.turns.end()
        } catch {
            await Self.turns.end()
            throw error
        }
    }
}

private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    func begin() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func end() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

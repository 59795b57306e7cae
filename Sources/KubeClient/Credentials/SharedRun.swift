internal import Synchronization

/// Runs work once for all concurrent callers, which share its result or error.
///
/// The work runs in the task of the first caller. If that task is cancelled, a waiting caller takes over. A cancelled
/// waiter returns at once and does not affect the others.
final class SharedRun<Value: Sendable>: Sendable {
    private enum Wake: Sendable {
        case done(Result<Value, KubeError>)
        case tryAgain
        case cancelled
    }

    private struct State {
        var isRunning = false
        var waiters: [Int: CheckedContinuation<Wake, Never>] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    func result(_ work: () async throws(KubeError) -> Value) async throws(KubeError) -> Value {
        while !begin() {
            switch await wait() {
            case .done(let result): return try result.get()
            case .cancelled: throw .cancelled
            case .tryAgain: continue
            }
        }
        do throws(KubeError) {
            let value = try await work()
            finish(.done(.success(value)))
            return value
        } catch {
            finish(error == .cancelled ? .tryAgain : .done(.failure(error)))
            throw error
        }
    }

    /// Returns false if another caller is running the work.
    private func begin() -> Bool {
        state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
    }

    private func finish(_ wake: Wake) {
        let waiters = state.withLock { state in
            state.isRunning = false
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: wake) }
    }

    private func wait() async -> Wake {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wake: Wake? = state.withLock { state in
                    // A task cancelled before this point has no continuation that `onCancel` could resume.
                    if Task.isCancelled { return .cancelled }
                    guard state.isRunning else { return .tryAgain }
                    state.waiters[id] = continuation
                    return nil
                }
                if let wake { continuation.resume(returning: wake) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: .cancelled)
        }
    }
}

internal import Synchronization
internal import UnixSignals

/// Runs `work`; the first SIGINT or SIGTERM cancels it and sets the status, a second one exits immediately.
///
/// - Parameter terminated: the status for SIGTERM.
func interruptible(
    terminated: ExitStatus = .terminated, _ work: @escaping @Sendable () async throws -> ExitStatus
) async throws -> ExitStatus {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let interruption = Interruption()
    let task = Task { try await work() }
    let listener = Task {
        for await signal in signals {
            if let status = interruption.status { exitProcess(status.rawValue) }
            interruption.status = signal == .sigint ? .interrupted : terminated
            task.cancel()
        }
    }
    defer { listener.cancel() }
    let result = await task.result
    return try interruption.status ?? result.get()
}

/// The status set by a signal.
private final class Interruption: Sendable {
    private let state = Mutex<ExitStatus?>(nil)

    var status: ExitStatus? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

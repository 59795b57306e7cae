internal import Glibc
internal import UnixSignals

/// Runs `work`; the first SIGINT or SIGTERM cancels it and sets the status, a second one ends the process at once.
func interruptible(_ work: @escaping @Sendable () async throws -> ExitStatus) async throws -> ExitStatus {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            for await signal in signals {
                return signal == .sigint ? .interrupted : .terminated
            }
            return nil
        }
        let first = try await group.next() ?? nil
        guard first == .interrupted || first == .terminated, let status = first else {
            group.cancelAll()
            return first ?? .failed
        }
        group.cancelAll()
        group.addTask {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { exitProcess(status.rawValue) }
            return nil
        }
        _ = try? await group.next()
        group.cancelAll()
        return status
    }
}

/// A write to a pipe that nobody reads is an error of that write, not the end of the process.
func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
}

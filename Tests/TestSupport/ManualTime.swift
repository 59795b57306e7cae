package import KubeClient
private import Synchronization

/// Time that passes only when somebody sleeps, and then at once.
package final class ManualTime: Sendable {
    private let slept = Mutex<[Duration]>([])
    private let start: Int64

    package init(start: Int64 = ObjectFixture.now) {
        self.start = start
    }

    /// Every sleep so far.
    package var sleeps: [Duration] { slept.withLock { $0 } }

    package var elapsed: Duration { sleeps.reduce(.zero, +) }

    package var source: TimeSource {
        TimeSource(
            wallClock: { self.start + self.elapsed.components.seconds }, uptime: { self.elapsed },
            sleep: { duration throws(CancellationError) in
                if Task.isCancelled { throw CancellationError() }
                self.slept.withLock { $0.append(duration) }
            }, random: { 0 })
    }
}

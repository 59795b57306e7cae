package import KubeClient
private import Synchronization

/// A clock that advances only by sleeping, which returns immediately.
package final class ManualTime: Sendable {
    private let slept = Mutex<[Duration]>([])
    private let passed = Mutex(Duration.zero)
    private let start: Int64

    package init(start: Int64 = ObjectFixture.now) {
        self.start = start
    }

    /// All sleeps so far.
    package var sleeps: [Duration] { slept.withLock { $0 } }

    package var elapsed: Duration { sleeps.reduce(.zero, +) + passed.withLock { $0 } }

    /// Advances the clock, as a slow response would.
    package func pass(_ duration: Duration) {
        passed.withLock { $0 += duration }
    }

    package var source: TimeSource {
        TimeSource(
            wallClock: { self.start + self.elapsed.components.seconds }, uptime: { self.elapsed },
            sleep: { duration throws(CancellationError) in
                if Task.isCancelled { throw CancellationError() }
                self.slept.withLock { $0.append(duration) }
            }, random: { 0 })
    }
}

internal import KubeClient
internal import Rollouts

/// Limits the rate of refresh writes: a burst, then a fixed number per second.
actor WritePace {
    /// Objects written at once.
    static let burst = 50
    static let perSecond = 10

    private let time: TimeSource
    private var bucket = TokenBucket(perSecond: Double(WritePace.perSecond), burst: WritePace.burst)

    init(_ time: TimeSource) {
        self.time = time
    }

    func wait() async throws(RolloutHealError) {
        let now = time.uptime()
        let pause = bucket.reserve(at: now) - now
        guard pause > .zero else { return }
        do throws(CancellationError) {
            try await time.sleep(pause)
        } catch {
            throw .api(.cancelled)
        }
    }
}

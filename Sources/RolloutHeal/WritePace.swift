internal import KubeClient
internal import Rollouts

/// How fast the writes of refreshes follow each other: a burst of objects, then so many a second.
actor WritePace {
    /// Objects at once.
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

/// So many at once, then so many a second: each is told when its turn is. Moments are our own uptime.
package struct TokenBucket: Sendable, Equatable {
    private let perSecond: Double
    private let burst: Double
    /// Below zero while turns of the future are given away.
    private var left: Double
    private var countedAt = Duration.zero

    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = Double(burst)
        left = self.burst
    }

    /// Takes `count`, and gives the uptime at which they may be used: at once, or later.
    package mutating func reserve(_ count: Int = 1, at uptime: Duration) -> Duration {
        if uptime > countedAt {
            left = min(burst, left + (uptime - countedAt) / .seconds(1) * perSecond)
            countedAt = uptime
        }
        left -= Double(count)
        return left >= 0 ? uptime : uptime + .seconds(-left / perSecond)
    }

    /// What was taken and is not used.
    package mutating func giveBack(_ count: Int) {
        left = min(burst, left + Double(count))
    }
}

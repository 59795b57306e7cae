/// A burst, then a number per second; callers learn when their turn is. Times are uptimes of this process.
package struct TokenBucket: Sendable, Equatable {
    private let perSecond: Double
    private let burst: Double
    /// Negative while future turns are reserved.
    private var left: Double
    private var countedAt = Duration.zero

    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = Double(burst)
        left = self.burst
    }

    /// Reserves `count` tokens and returns the uptime from which they may be used.
    package mutating func reserve(_ count: Int = 1, at uptime: Duration) -> Duration {
        if uptime > countedAt {
            left = min(burst, left + (uptime - countedAt) / .seconds(1) * perSecond)
            countedAt = uptime
        }
        left -= Double(count)
        return left >= 0 ? uptime : uptime + .seconds(-left / perSecond)
    }

    /// Returns tokens that were reserved and not used.
    package mutating func giveBack(_ count: Int) {
        left = min(burst, left + Double(count))
    }
}

/// How long a Lease is good for, and how often it is renewed.
package struct LeaseTiming: Sendable, Equatable {
    /// How long others wait after the last renewal they saw; written to the Lease in whole seconds, rounded up.
    package let leaseDuration: Duration
    /// How long after its last renewal a leader still is one.
    package let renewDeadline: Duration
    /// Between two renewals; half of it between two tries to acquire, to which chance adds up to a quarter.
    package let retryPeriod: Duration

    /// client-go `tools/leaderelection`, the defaults of the Kubernetes controllers: 15 s, 10 s, 2 s.
    package static let standard = LeaseTiming(
        unchecked: .seconds(15), renewDeadline: .seconds(10), retryPeriod: .seconds(2))
    /// client-go `JitterFactor`: so many retry periods must fit into the time that a leader has to renew.
    static let jitter = 1.2

    /// Nil unless leaseDuration > renewDeadline > 1.2 × retryPeriod > 0, and a day is enough for each.
    package init?(leaseDuration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
        guard .seconds(86_400) >= leaseDuration, leaseDuration > renewDeadline,
            renewDeadline > retryPeriod * Self.jitter, retryPeriod > .zero
        else { return nil }
        self.init(unchecked: leaseDuration, renewDeadline: renewDeadline, retryPeriod: retryPeriod)
    }

    private init(unchecked leaseDuration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
        self.leaseDuration = leaseDuration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
    }

    var leaseDurationSeconds: Int64 {
        let (seconds, attoseconds) = leaseDuration.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }

    /// 1 s to 1.5 s with the standard timing, where client-go waits 2 s to 4.4 s: a Lease that is given back is taken
    /// within 3 s even where the API server is slow.
    ///
    /// - Parameter chance: uniform in 0..<1.
    func acquirePause(_ chance: Double) -> Duration {
        retryPeriod * (1 + chance / 2) / 2
    }
}

/// The durations of leader election.
package struct LeaseTiming: Sendable, Equatable {
    /// How long others wait after the last renewal they observed; written to the Lease in whole seconds, rounded up.
    package let leaseDuration: Duration
    /// How long a leader still leads after its last renewal.
    package let renewDeadline: Duration
    /// The pause between two renewals; half of it, plus up to a quarter at random, between two tries to acquire.
    package let retryPeriod: Duration

    /// The defaults of client-go `tools/leaderelection` for the Kubernetes controllers: 15 s, 10 s, 2 s.
    package static let standard = LeaseTiming(
        unchecked: .seconds(15), renewDeadline: .seconds(10), retryPeriod: .seconds(2))
    /// client-go `JitterFactor`: the number of retry periods that must fit into `renewDeadline`.
    static let jitter = 1.2

    /// Returns nil unless 1 day >= leaseDuration > renewDeadline > 1.2 × retryPeriod > 0.
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

    /// The pause between two tries to acquire: 1 s to 1.5 s with the standard timing, where client-go waits 2 s to 4.4
    /// s. A released Lease is acquired within 3 s even if the API server is slow.
    ///
    /// - Parameter chance: uniform in 0..<1.
    func acquirePause(_ chance: Double) -> Duration {
        retryPeriod * (1 + chance / 2) / 2
    }
}

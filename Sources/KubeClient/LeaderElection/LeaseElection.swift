internal import Formats

/// The state machine of leader election, from what is read of a Lease and our own uptime: client-go's algorithm without
/// IO.
///
/// Call ``next(at:date:chance:)``, carry out the action, report its outcome, and repeat. Times written by others are
/// never compared: a Lease has expired once *we* have observed no change for the duration in it. A leader counts from
/// before it sent its last answered renewal, and stops (`renewDeadline`) before anybody else may take over
/// (`leaseDuration`), even if its process was suspended in between.
struct LeaseElection: Sendable {
    enum Action: Sendable, Equatable {
        /// GET; report with ``didRead(_:at:)``.
        case read
        /// POST; report with ``didWrite(_:at:)``.
        case create(LeaseSpec)
        /// PUT with the resourceVersion that was read; report with ``didWrite(_:at:)``.
        case replace(Lease)
        case wait(Duration)
        /// Nothing left to do: ``resign()`` was called.
        case end
    }

    private enum Step: Sendable {
        case read
        /// Write, right after a read that allows it.
        case claim
        /// Write without a read: nobody else should have written while we lead.
        case renew
        case pause(then: Next)

        enum Next: Sendable { case read, renew }
    }

    let identity: String
    let timing: LeaseTiming
    private var step = Step.read
    /// The Lease as last read or stored; nil if there is none.
    private var lease: Lease?
    /// The last observed spec, and when it was first observed.
    private var observed: (spec: JSONValue, since: Duration)?
    /// When the pending claim was returned by ``next(at:date:chance:)``.
    private var claimedAt = Duration.zero
    /// When the last successful claim was returned, which is before it was sent.
    private var renewedAt: Duration?
    /// When another process last renewed the Lease, as it wrote itself; for people and logs, never for leading.
    private(set) var lastOfOthers: String?
    private var isResigned = false
    /// Whether the last round ended normally: we lead, or somebody else does.
    private(set) var isSettled = false
    private var claims = 0
    /// The pause that the server asked for.
    private var askedPause = Duration.zero

    /// - Parameter identity: unique to this process, past and present; not empty.
    init(identity: String, timing: LeaseTiming) {
        precondition(!identity.isEmpty, "an empty identity says that nobody holds the Lease")
        self.identity = identity
        self.timing = timing
    }

    /// The last observed holder of the Lease, expired or not; nil for none.
    var holder: String? { lease?.spec.holder }

    /// Whether we lead: no more than `renewDeadline` has passed since the last renewal.
    func isLeading(at uptime: Duration) -> Bool {
        timeLeft(at: uptime) > .zero
    }

    /// How long we lead without another renewal.
    func timeLeft(at uptime: Duration) -> Duration {
        renewedAt.map { $0 + timing.renewDeadline - uptime } ?? .zero
    }

    /// Returns the next action.
    ///
    /// - Parameters:
    ///   - date: seconds since 1970-01-01T00:00:00Z, written to the Lease for people to read.
    ///   - chance: uniform in 0..<1.
    mutating func next(at uptime: Duration, date: Int64, chance: Double) -> Action {
        if isResigned { return .end }
        if !isLeading(at: uptime) {
            renewedAt = nil
            if case .renew = step { step = .read }
        }
        switch step {
        case .read: return .read
        case .claim, .renew:
            claimedAt = uptime
            return claim(date: date)
        case .pause(let next):
            step = next == .renew ? .renew : .read
            defer { askedPause = .zero }
            let left = timeLeft(at: uptime)
            return .wait(
                left > .zero
                    ? min(max(timing.retryPeriod, askedPause), left) : max(timing.acquirePause(chance), askedPause))
        }
    }

    /// - Parameter lease: nil if there is none.
    mutating func didRead(_ lease: Lease?, at uptime: Duration) {
        observe(lease, at: uptime)
        if let lease, holder != identity { lastOfOthers = lease.spec.renewTime }
        // A Lease that does not name us may have another leader from now on.
        if holder != identity { renewedAt = nil }
        isSettled = !mayClaim(at: uptime)
        step = isSettled ? .pause(then: .read) : .claim
    }

    /// - Parameter stored: the server's response to our claim.
    mutating func didWrite(_ stored: Lease, at uptime: Duration) {
        observe(stored, at: uptime)
        renewedAt = holder == identity && !isResigned ? claimedAt : nil
        isSettled = renewedAt != nil
        step = .pause(then: isSettled ? .renew : .read)
    }

    /// Reports that the action failed, with a conflict or otherwise. It may have been carried out, so the Lease is read
    /// again.
    ///
    /// - Parameter asked: the pause that the server asks for; a longer one than `renewDeadline` is cut to that.
    mutating func didFail(pausing asked: Duration = .zero) {
        isSettled = false
        askedPause = min(asked, timing.renewDeadline)
        if case .renew = step, asked == .zero { step = .read } else { step = .pause(then: .read) }
    }

    /// Stops leading for good.
    mutating func resign() {
        isResigned = true
        renewedAt = nil
    }

    /// Returns `lease` prepared for the next holder; nil if it is not ours.
    mutating func released(_ lease: Lease, date: Int64) -> Lease? {
        guard lease.spec.holder == identity else { return nil }
        let now = stamp(date)
        var spec = lease.spec
        spec.holderIdentity = ""
        spec.leaseDurationSeconds = 1
        spec.acquireTime = now
        spec.renewTime = now
        return lease.replacing(spec)
    }

    private mutating func observe(_ lease: Lease?, at uptime: Duration) {
        self.lease = lease
        guard let spec = lease?.rawSpec else {
            observed = nil
            return
        }
        if observed?.spec != spec { observed = (spec, uptime) }
    }

    private func mayClaim(at uptime: Duration) -> Bool {
        guard let lease, let holder = lease.spec.holder, holder != identity, let observed else { return true }
        // A missing duration means ours. A very large one is clamped.
        let seconds = lease.spec.leaseDurationSeconds ?? timing.leaseDurationSeconds
        return uptime - observed.since >= .seconds(min(max(seconds, 0), Int64(Int32.max)))
    }

    private mutating func claim(date: Int64) -> Action {
        let now = stamp(date)
        var spec = LeaseSpec(
            holderIdentity: identity, leaseDurationSeconds: timing.leaseDurationSeconds, acquireTime: now,
            renewTime: now, leaseTransitions: 0)
        guard let lease else { return .create(spec) }
        let transitions = lease.spec.leaseTransitions ?? 0
        if holder == identity {
            spec.acquireTime = lease.spec.acquireTime ?? now
            spec.leaseTransitions = transitions
        } else {
            spec.leaseTransitions = transitions < Int64(Int32.max) ? transitions + 1 : transitions
        }
        return .replace(lease.replacing(spec))
    }

    /// Formats a time whose microseconds count our claims: identical claims would not be seen as renewals.
    private mutating func stamp(_ date: Int64) -> String {
        claims = (claims + 1) % 1_000_000
        return MicroTime.text(seconds: date, microseconds: claims)
    }
}

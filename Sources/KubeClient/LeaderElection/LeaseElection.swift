internal import Formats

/// Who leads, decided from what is read of a Lease and from our own uptime: client-go's algorithm, without its IO.
///
/// Ask ``next(at:date:chance:)``, do it, tell the outcome, and ask again. Moments written by others are never
/// compared: a Lease is expired once *we* have seen no change of it for the duration that its holder put there.
/// A holder leads by its own uptime since before it sent the last renewal that was answered; it gives up
/// (`renewDeadline`) before anybody else may take over (`leaseDuration`), even if it was stopped in between.
struct LeaseElection: Sendable {
    enum Action: Sendable, Equatable {
        /// GET; ``didRead(_:at:)``.
        case read
        /// POST; ``didWrite(_:at:)``.
        case create(LeaseSpec)
        /// PUT with the resource version of what was read; ``didWrite(_:at:)``.
        case replace(Lease)
        case wait(Duration)
        /// We are done: ``resign()`` was called.
        case end
    }

    private enum Step: Sendable {
        case read
        /// Write, right after a read that allows it.
        case claim
        /// Write without a read: as leader, nobody else should have written.
        case renew
        case pause(then: Next)

        enum Next: Sendable { case read, renew }
    }

    let identity: String
    let timing: LeaseTiming
    private var step = Step.read
    /// As last read or stored; nil when there is none.
    private var lease: Lease?
    /// The spec we saw last, and when we saw it first.
    private var observed: (spec: JSONValue, since: Duration)?
    /// When the claim under way was given out.
    private var claimedAt = Duration.zero
    /// When the last successful claim was given out: before it was sent.
    private var renewedAt: Duration?
    private var isResigned = false
    /// The last outcome ended a round as it should: we lead, or somebody else does.
    private(set) var isSettled = false
    private var claims = 0

    /// - Parameter identity: of this process and no other, past or present; not empty.
    init(identity: String, timing: LeaseTiming) {
        precondition(!identity.isEmpty, "an empty identity says that nobody holds the Lease")
        self.identity = identity
        self.timing = timing
    }

    /// Who holds the Lease as last seen, expired or not; nil for nobody.
    var holder: String? { lease?.spec.holder }

    /// Whether we lead, for want of a renewal no longer than `renewDeadline` after the last one.
    func isLeading(at uptime: Duration) -> Bool {
        timeLeft(at: uptime) > .zero
    }

    /// How long we lead without another renewal.
    func timeLeft(at uptime: Duration) -> Duration {
        renewedAt.map { $0 + timing.renewDeadline - uptime } ?? .zero
    }

    /// What to do now.
    ///
    /// - Parameters:
    ///   - date: seconds since 1970-01-01T00:00:00Z, which people will read in the Lease.
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
            let left = timeLeft(at: uptime)
            return .wait(left > .zero ? min(timing.retryPeriod, left) : timing.acquirePause(chance))
        }
    }

    /// - Parameter lease: nil when there is none.
    mutating func didRead(_ lease: Lease?, at uptime: Duration) {
        observe(lease, at: uptime)
        // Whatever we thought: with a Lease that does not name us, another may lead from now on.
        if holder != identity { renewedAt = nil }
        isSettled = !mayClaim(at: uptime)
        step = isSettled ? .pause(then: .read) : .claim
    }

    /// - Parameter stored: what the server answered to our claim.
    mutating func didWrite(_ stored: Lease, at uptime: Duration) {
        observe(stored, at: uptime)
        renewedAt = holder == identity && !isResigned ? claimedAt : nil
        isSettled = renewedAt != nil
        step = .pause(then: isSettled ? .renew : .read)
    }

    /// The action failed, by a conflict or otherwise. It may have been carried out, so what was read counts no more.
    mutating func didFail() {
        isSettled = false
        if case .renew = step { step = .read } else { step = .pause(then: .read) }
    }

    /// Leads no longer and never again.
    mutating func resign() {
        isResigned = true
        renewedAt = nil
    }

    /// `lease` as we leave it to the next holder; nil when it is not ours.
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
        // Without a duration of its holder's, ours. One that is too large for a clock never ends.
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

    /// No two claims of ours are alike, or others would not see the second: microseconds count the claims.
    private mutating func stamp(_ date: Int64) -> String {
        claims = (claims + 1) % 1_000_000
        return MicroTime.text(seconds: date, microseconds: claims)
    }
}

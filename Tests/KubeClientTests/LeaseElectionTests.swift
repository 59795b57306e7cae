import Testing

@testable import KubeClient

/// A stored Lease.
private func lease(
    _ holder: String?, seconds: Int64? = 15, renewed: String? = "r1", transitions: Int64? = 3, version: Int = 1
) -> Lease {
    var fields = ["\"acquireTime\":\"a1\""]
    if let holder { fields.append("\"holderIdentity\":\"\(holder)\"") }
    if let seconds { fields.append("\"leaseDurationSeconds\":\(seconds)") }
    if let renewed { fields.append("\"renewTime\":\"\(renewed)\"") }
    if let transitions { fields.append("\"leaseTransitions\":\(transitions)") }
    let text = "{\"metadata\":{\"resourceVersion\":\"\(version)\"},\"spec\":{\(fields.joined(separator: ","))}}"
    return Lease(json: Array(text.utf8)) ?? Lease(namespace: "", name: "", spec: LeaseSpec())
}

/// An election with a manual clock in seconds.
private struct Bench {
    var election = LeaseElection(identity: "me", timing: .standard)
    var chance = 0.0

    mutating func next(at seconds: Double) -> LeaseElection.Action {
        election.next(at: .seconds(seconds), date: 1_772_366_400, chance: chance)
    }

    mutating func read(_ lease: Lease?, at seconds: Double) {
        #expect(next(at: seconds) == .read)
        election.didRead(lease, at: .seconds(seconds))
    }

    /// Makes the next claim, which the server stores.
    @discardableResult
    mutating func write(at seconds: Double, answeredAt answer: Double? = nil) -> LeaseSpec? {
        let spec: LeaseSpec
        switch next(at: seconds) {
        case .create(let new): spec = new
        case .replace(let lease): spec = lease.spec
        case let other:
            Issue.record("\(other) is no claim")
            return nil
        }
        election.didWrite(
            lease("me", renewed: spec.renewTime, transitions: spec.leaseTransitions, version: 50),
            at: .seconds(answer ?? seconds))
        return spec
    }

    func leads(at seconds: Double) -> Bool { election.isLeading(at: .seconds(seconds)) }

    /// An election that has led since 0.
    static var leader: Bench {
        var bench = Bench()
        bench.read(nil, at: 0)
        bench.write(at: 0)
        return bench
    }
}

@Suite struct AskedPauseTests {
    @Test func thePauseThatAServerAsksForIsKeptWhileTheLeadAllows() {
        var bench = Bench.leader
        #expect(bench.next(at: 0) == .wait(.seconds(2)))
        _ = bench.next(at: 2)
        bench.election.didFail(pausing: .seconds(5))
        #expect(bench.next(at: 2) == .wait(.seconds(5)))
        #expect(bench.next(at: 7) == .read)
        bench.election.didFail(pausing: .seconds(60))
        #expect(bench.next(at: 7) == .wait(.seconds(3)), "not longer than it leads")
    }

    @Test func aStandbyKeepsItUpToTheRenewDeadline() {
        var bench = Bench()
        _ = bench.next(at: 0)
        bench.election.didFail(pausing: .seconds(60))
        #expect(bench.next(at: 0) == .wait(.seconds(10)))
        _ = bench.next(at: 10)
        bench.election.didFail()
        #expect(bench.next(at: 10) == .wait(.seconds(1)), "the server asks for it once")
    }
}

@Suite struct AcquireTests {
    @Test func whereThereIsNoneItIsCreated() {
        var bench = Bench()
        bench.read(nil, at: 100)
        #expect(
            bench.next(at: 100)
                == .create(
                    LeaseSpec(
                        holderIdentity: "me", leaseDurationSeconds: 15, acquireTime: "2026-03-01T12:00:00.000001Z",
                        renewTime: "2026-03-01T12:00:00.000001Z", leaseTransitions: 0)))
        #expect(!bench.leads(at: 100))
        bench.election.didWrite(lease("me"), at: .seconds(101))
        #expect(bench.leads(at: 101) && bench.leads(at: 109.9) && !bench.leads(at: 110))
        #expect(bench.next(at: 101) == .wait(.seconds(2)))
    }

    @Test(arguments: ["", nil])
    func aLeaseThatNobodyHoldsIsTakenAtOnce(holder: String?) {
        var bench = Bench()
        bench.read(lease(holder), at: 100)
        let spec = bench.write(at: 100)
        #expect(spec?.holderIdentity == "me" && spec?.leaseTransitions == 4 && spec?.acquireTime == spec?.renewTime)
        #expect(bench.leads(at: 100))
    }

    @Test func ourOwnFromBeforeIsNoTransition() {
        var bench = Bench()
        bench.read(lease("me"), at: 100)
        #expect(!bench.leads(at: 100))
        let spec = bench.write(at: 100)
        #expect(spec?.leaseTransitions == 3 && spec?.acquireTime == "a1" && spec?.renewTime != "r1")
    }

    /// The written renewal time is ignored: another clock may be wrong.
    @Test(arguments: ["1970-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z", "nonsense", nil])
    func onlyWhatWeSawOurselvesExpires(renewed: String?) {
        var bench = Bench()
        let held = lease("other", renewed: renewed)
        bench.read(held, at: 100)
        for time in stride(from: 100.0, to: 115, by: 2) {
            #expect(bench.next(at: time) == .wait(.seconds(1)))
            bench.read(held, at: min(time + 2, 114.999))
        }
        _ = bench.next(at: 114.999)
        bench.read(held, at: 115)
        #expect(bench.write(at: 115)?.leaseTransitions == 4)
        #expect(bench.leads(at: 115))
    }

    @Test func aRenewalBeginsTheWaitAnew() {
        var bench = Bench()
        for (time, renewal) in [(0.0, "r1"), (14, "r1"), (16, "r2"), (30, "r2"), (30.9, "r2")] {
            bench.read(lease("other", renewed: renewal), at: time)
            guard case .wait = bench.next(at: time) else { Issue.record("claims at \(time)"); return }
        }
        bench.read(lease("other", renewed: "r2"), at: 31)
        bench.write(at: 31)
        #expect(bench.leads(at: 31))
    }

    @Test func anotherVersionOfTheSameSpecIsNoRenewal() {
        var bench = Bench()
        bench.read(lease("other", version: 1), at: 0)
        _ = bench.next(at: 0)
        bench.read(lease("other", version: 2), at: 15)
        guard case .replace(let claimed) = bench.next(at: 15) else { Issue.record("does not claim"); return }
        #expect(claimed.resourceVersion == "2")
    }

    /// The duration in the Lease counts; without one, ours.
    @Test(arguments: [
        (40 as Int64?, 39.9, false), (40, 40, true), (1, 0.9, false), (1, 1, true), (nil, 14.9, false), (nil, 15, true),
        (0, 0, true), (-5, 0, true), (.max, 1e6, false), (.min, 0, true),
    ])
    func theHoldersDurationCounts(seconds: Int64?, time: Double, isFree: Bool) {
        var bench = Bench()
        bench.read(lease("other", seconds: seconds), at: 0)
        if case .wait = bench.next(at: 0) { bench.read(lease("other", seconds: seconds), at: time) }
        if case .replace = bench.next(at: time) { #expect(isFree) } else { #expect(!isFree) }
    }

    @Test func aLostRaceIsReadAgainLater() {
        var bench = Bench()
        bench.read(lease(""), at: 0)
        _ = bench.next(at: 0)
        bench.election.didFail()
        #expect(!bench.leads(at: 0))
        bench.chance = 0.5
        #expect(bench.next(at: 0) == .wait(.milliseconds(1250)))
        bench.read(lease("other"), at: 3.2)
        #expect(bench.next(at: 3.2) == .wait(.milliseconds(1250)))
        #expect(bench.election.holder == "other")
    }

    /// A webhook, or a server that stores something other than it was given.
    @Test func anAnswerThatNamesAnotherIsNoLeadership() {
        var bench = Bench()
        bench.read(nil, at: 0)
        _ = bench.next(at: 0)
        bench.election.didWrite(lease("other"), at: .zero)
        #expect(!bench.leads(at: 0))
        #expect(bench.next(at: 0) == .wait(.seconds(1)))
        #expect(bench.next(at: 2) == .read)
    }

    @Test func transitionsDoNotOverflow() {
        var bench = Bench()
        bench.read(lease("", transitions: Int64(Int32.max)), at: 0)
        #expect(bench.write(at: 0)?.leaseTransitions == Int64(Int32.max))
    }
}

@Suite struct RenewTests {
    @Test func aLeaderRenewsWithoutReading() {
        var bench = Bench.leader
        for time in stride(from: 0.0, to: 60, by: 2) {
            #expect(bench.next(at: time) == .wait(.seconds(2)))
            #expect(bench.write(at: time + 2)?.leaseTransitions == 0)
            #expect(bench.leads(at: time + 11.9) && !bench.leads(at: time + 12))
        }
    }

    @Test func noTwoClaimsAreAlike() {
        var bench = Bench.leader
        var seen: Set<String?> = []
        for _ in 0..<1000 {
            _ = bench.next(at: 0)
            let renewal = bench.write(at: 0)?.renewTime
            #expect(!seen.contains(renewal))
            seen.insert(renewal)
        }
    }

    @Test func aRenewalCountsFromBeforeItWasSent() {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        bench.write(at: 2, answeredAt: 6)
        #expect(bench.leads(at: 11.9) && !bench.leads(at: 12))
    }

    @Test func aRenewalAnsweredTooLateIsNone() {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        bench.write(at: 2, answeredAt: 500)
        #expect(!bench.leads(at: 500))
        #expect(bench.next(at: 500) == .wait(.seconds(1)))
        #expect(bench.next(at: 502) == .read)
    }

    @Test func whatFailedIsReadAndTriedAgainUntilTheDeadline() {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        _ = bench.next(at: 2)
        bench.election.didFail()
        #expect(bench.next(at: 2) == .read)
        bench.election.didFail()
        bench.chance = 0.9
        #expect(bench.next(at: 2) == .wait(.seconds(2)))
        bench.read(lease("me"), at: 4)
        _ = bench.next(at: 4)
        bench.election.didFail()
        // No longer than it leads, and without jitter.
        #expect(bench.next(at: 8.5) == .wait(.milliseconds(1500)))
        #expect(bench.leads(at: 9.99) && !bench.leads(at: 10))
        #expect(bench.next(at: 10) == .read)
        bench.election.didFail()
        #expect(bench.next(at: 10) == .wait(.milliseconds(1450)))
    }

    @Test func aReadAloneRenewsNothing() {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        _ = bench.next(at: 2)
        bench.election.didFail()
        bench.read(lease("me"), at: 9)
        #expect(bench.leads(at: 9) && !bench.leads(at: 10))
    }

    /// SIGSTOP or a suspended machine: at any point, the time is checked first.
    @Test func aStoppedProcessReadsBeforeAnythingElse() {
        var asleep = Bench.leader
        _ = asleep.next(at: 0)
        #expect(!asleep.leads(at: 1000))
        #expect(asleep.next(at: 1000) == .read)
        #expect(asleep.election.timeLeft(at: .seconds(1000)) == .zero)

        var beforeSleep = Bench.leader
        #expect(beforeSleep.next(at: 1000) == .wait(.seconds(1)))
        #expect(beforeSleep.next(at: 1002) == .read)

        var renewing = Bench.leader
        _ = renewing.next(at: 0)
        _ = renewing.next(at: 2)
        renewing.election.didFail()
        #expect(renewing.next(at: 1000) == .read)
        renewing.election.didRead(lease("other"), at: .seconds(1000))
        #expect(renewing.next(at: 1000) == .wait(.seconds(1)))
    }

    @Test func anotherHolderEndsItAtOnce() {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        _ = bench.next(at: 2)
        bench.election.didFail()
        bench.read(lease("other"), at: 2)
        #expect(!bench.leads(at: 2))
        #expect(bench.next(at: 2) == .wait(.seconds(1)))
    }

    /// The Lease was deleted or emptied by hand, so another process may hold it by now.
    @Test(arguments: [nil, lease("")])
    func aLeaseThatIsFreeIsAcquiredAnew(found: Lease?) {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        _ = bench.next(at: 2)
        bench.election.didFail()
        bench.read(found, at: 2)
        #expect(!bench.leads(at: 2))
        bench.write(at: 2)
        #expect(bench.leads(at: 11.9))
    }
}

@Suite struct ResignTests {
    @Test func whoResignedNeverLeadsAgain() {
        var bench = Bench.leader
        _ = bench.next(at: 0)
        _ = bench.next(at: 2)
        bench.election.resign()
        #expect(!bench.leads(at: 2))
        // The response to a renewal that was pending.
        bench.election.didWrite(lease("me"), at: .seconds(3))
        #expect(!bench.leads(at: 3))
        #expect(bench.next(at: 3) == .end)
    }

    @Test func onlyOursIsReleased() {
        var bench = Bench()
        #expect(bench.election.released(lease("other"), date: 0) == nil)
        #expect(bench.election.released(lease(""), date: 0) == nil)
        let released = bench.election.released(lease("me", version: 9), date: 0)
        #expect(released?.resourceVersion == "9")
        #expect(
            released?.spec
                == LeaseSpec(
                    holderIdentity: "", leaseDurationSeconds: 1, acquireTime: "1970-01-01T00:00:00.000001Z",
                    renewTime: "1970-01-01T00:00:00.000001Z", leaseTransitions: 3))
    }
}

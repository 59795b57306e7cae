import HTTPTransport
import KubeConfig
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

private func status(_ code: Int, _ reason: String = "", _ message: String = "") -> APIStatus {
    APIStatus(code: code, reason: reason, message: message)
}

@Suite struct ReflectorStateTests {
    private func watching(_ version: String = "5") -> ReflectorState {
        var state = ReflectorState()
        state.listed(resourceVersion: version)
        return state
    }

    private func end(
        _ state: inout ReflectorState, _ ending: ReflectorState.Ending, lasted: Duration = .seconds(60),
        hadEvents: Bool = true
    ) -> ReflectorState.Pause {
        state.watchEnded(ending, lasted: lasted, hadEvents: hadEvents, at: .seconds(100), random: 0)
    }

    @Test func listsWhatIsCachedThenWatchesFromThere() {
        var state = ReflectorState()
        #expect(state.step == .list(.cached))
        state.listed(resourceVersion: "5")
        #expect(state.step == .watch(from: "5"))
        state.advanced(to: "6")
        state.advanced(to: nil)
        #expect(state.step == .watch(from: "6"))
    }

    @Test func aServersTimeOutIsNoFailure() {
        var state = watching()
        #expect(end(&state, .closed) == .init(reason: .ended, delay: .zero))
        #expect(state.step == .watch(from: "5"))
    }

    /// A server that was restored from a backup accepts the watch, and has nothing to say.
    @Test func aWatchThatDeliveredNothingIsConfirmed() {
        var state = watching()
        #expect(end(&state, .closed, hadEvents: false) == .init(reason: .ended, delay: .zero))
        #expect(state.step == .confirm("5"))
    }

    @Test func aWatchThatEndsAtOnceCostsADelayAndWithNothingANewList() {
        var state = watching()
        #expect(end(&state, .closed, lasted: .milliseconds(10)).delay == .milliseconds(800))
        #expect(state.step == .watch(from: "5"))
        #expect(end(&state, .closed, lasted: .milliseconds(10), hadEvents: false).reason == .short)
        #expect(state.step == .list(.notOlderThan("5")))
    }

    @Test func anExpiredVersionIsAskedForAnewAsAStatusAndAsAnEvent() {
        for ending: ReflectorState.Ending in [
            .refused(.status(status(410, "Expired"))), .failed(status(410, "Gone")),
        ] {
            var state = watching()
            let pause = end(&state, ending)
            #expect(pause.reason == .expired)
            #expect(pause.delay >= .milliseconds(800))
            #expect(state.step == .list(.notOlderThan("5")))
            #expect(state.listFailed(.status(status(410, "Expired")), at: .seconds(101), random: 0).delay == .zero)
            #expect(state.step == .list(.latest))
            #expect(state.listFailed(.status(status(410, "Expired")), at: .seconds(101), random: 0).delay > .zero)
        }
    }

    /// In the words of API servers since 1.20, 1.17 and 1.16.
    @Test(arguments: [
        APIStatus(
            code: 504, reason: "Timeout", message: "Timeout",
            details: .init(causes: [.init(reason: "ResourceVersionTooLarge", message: "another text")])),
        APIStatus(
            code: 504, reason: "Timeout", message: "Timeout",
            details: .init(causes: [.init(message: "Too large resource version")])),
        APIStatus(code: 504, reason: "Timeout", message: "Too large resource version: 9, current: 5"),
    ])
    func aServerWithAnOlderStateIsAskedForItsLatest(refusal: APIStatus) {
        var state = watching()
        #expect(end(&state, .refused(.status(refusal))).reason == .behind)
        #expect(state.step == .list(.notOlderThan("5")))
        let first = state.listFailed(.status(refusal), at: .seconds(101), random: 0)
        #expect(first == .init(reason: .behind, delay: .zero))
        #expect(state.step == .list(.latest))
        #expect(state.listFailed(.status(refusal), at: .seconds(101), random: 0).delay > .zero)
        state.listed(resourceVersion: "3")
        #expect(state.step == .watch(from: "3"))
    }

    @Test func aServerThatIsAwayIsAskedToGoOnIfItHasTheVersion() {
        for error: KubeError in [
            .transport(.connectionRefused(host: "h", port: 1), server: "h:1"),
            .status(status(503)), .transport(.tls("handshake"), server: "h:1"),
            .status(status(504, "Timeout", "etcd timed out")),
        ] {
            var state = watching()
            #expect(end(&state, .refused(error)) == .init(reason: .refused, delay: .milliseconds(800)))
            #expect(state.step == .confirm("5"), "\(error)")
            #expect(state.notConfirmed(error, at: .seconds(101), random: 0).delay == .milliseconds(1600))
            #expect(state.step == .confirm("5"), "\(error)")
            state.confirmed()
            #expect(state.step == .watch(from: "5"))
        }
    }

    @Test func aBusyServerIsAskedForNothingMore() {
        for ending: ReflectorState.Ending in [.refused(.status(status(429))), .failed(status(429))] {
            var state = watching()
            #expect(end(&state, ending) == .init(reason: .refused, delay: .milliseconds(800)))
            #expect(state.step == .watch(from: "5"))
        }
    }

    @Test func whatIsNotConfirmedIsListedAnew() {
        let behind = status(504, "Timeout", "Too large resource version: 5, current: 3")
        for (error, reason, step): (KubeError, ReflectorState.Reason, ReflectorState.Step) in [
            (.status(behind), .behind, .list(.latest)), (.status(status(410)), .expired, .list(.latest)),
            (.status(status(403)), .refused, .list(.notOlderThan("5"))),
            (.notServed(things), .refused, .list(.notOlderThan("5"))),
        ] {
            var state = watching()
            _ = end(&state, .broke(.transport(.connectionLost("reset"), server: "h:1")))
            #expect(state.step == .confirm("5"))
            #expect(state.notConfirmed(error, at: .seconds(101), random: 0).reason == reason)
            #expect(state.step == step, "\(error)")
        }
    }

    @Test func anythingElseNeedsANewList() {
        for ending: ReflectorState.Ending in [
            .refused(.status(status(403))), .refused(.notServed(things)), .failed(status(500, "InternalError")),
            .broke(.malformed(what: "it is text/html", url: "things")),
        ] {
            var state = watching()
            #expect(end(&state, ending).delay == .milliseconds(800))
            #expect(state.step == .list(.notOlderThan("5")), "\(ending)")
        }
    }

    @Test func aServerThatSaysNothingIsLeftWithItsOwnReason() {
        let silent = KubeError.transport(.timedOut(during: "reading the response"), server: "h:1")
        for ending: ReflectorState.Ending in [.broke(silent), .refused(silent)] {
            var state = watching()
            #expect(end(&state, ending, lasted: .seconds(400), hadEvents: false).reason == .silent)
            #expect(state.step == .confirm("5"))
        }
        var state = watching()
        let unreachable = KubeError.transport(.timedOut(during: "connecting"), server: "h:1")
        #expect(end(&state, .refused(unreachable), hadEvents: false).reason == .lost)
    }

    /// A longer pause than the own one is kept to, up to a minute.
    @Test(arguments: [(5, 5), (3600, 60), (0, 0)]) func thePauseThatAServerAsksForIsKept(asked: Int, kept: Int) {
        var busy = status(429)
        busy.askedPause = .seconds(asked)
        let kept = max(Duration.seconds(kept), .milliseconds(800))
        for ending: ReflectorState.Ending in [.refused(.status(busy)), .failed(busy)] {
            var state = watching()
            #expect(end(&state, ending).delay == kept)
        }
        var listing = ReflectorState()
        #expect(listing.listFailed(.status(busy), at: .seconds(1), random: 0).delay == kept)
        var confirming = watching()
        _ = end(&confirming, .broke(.transport(.connectionLost("reset"), server: "h:1")))
        #expect(confirming.notConfirmed(.status(busy), at: .seconds(100), random: 0).delay == kept)
    }

    @Test func aBrokenConnectionGoesOnAtOnceUnlessItBrokeAtOnce() {
        let lost = KubeError.transport(.connectionLost("reset"), server: "h:1")
        var state = watching()
        #expect(end(&state, .broke(lost)) == .init(reason: .lost, delay: .zero))
        #expect(state.step == .confirm("5"))
        #expect(end(&state, .broke(lost), lasted: .milliseconds(5)).delay == .milliseconds(800))
        #expect(state.step == .confirm("5"))
        for _ in 0..<3 { _ = end(&state, .broke(lost), lasted: .milliseconds(5), hadEvents: false) }
        #expect(state.step == .list(.notOlderThan("5")))
    }

    @Test func delaysDoubleWithJitterUpToABoundAndAreForgotten() {
        var backoff = Backoff()
        var uptime = Duration.zero
        var delays: [Duration] = []
        for _ in 0..<8 {
            delays.append(backoff.next(at: uptime, random: 0))
            uptime += delays[delays.count - 1]
        }
        #expect(delays.prefix(3) == [.milliseconds(800), .milliseconds(1600), .milliseconds(3200)])
        #expect(delays.last == .seconds(30))
        #expect(backoff.next(at: uptime, random: 0.5) == .seconds(45))
        #expect(backoff.next(at: uptime + .seconds(300), random: 0) == .milliseconds(800))
    }
}

@Suite struct ReflectorTests {
    @Test func listsWatchesAndGoesOnFromTheLastVersionSeen() async {
        let bookmark = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}"
        let run = await reflect([
            list("a", "b", version: "5"), stream(event("MODIFIED", "a", version: "6") + bookmark),
            stream(event("DELETED", "b", version: "10")),
        ])
        #expect(
            run.events == [
                "listing", "listed a", "listed b", "synced", "watching", "changed a", "interrupted short", "watching",
                "deleted b", "interrupted short",
            ])
        #expect(run.urls.count == 4)
        #expect(run.urls[0] == "resourceVersion=0")
        #expect(run.urls[1].contains("resourceVersion=5&"))
        #expect(run.urls[2].contains("resourceVersion=9&"))
        #expect(run.urls[3].contains("resourceVersion=10&"))
        #expect(run.error == .cancelled)
    }

    @Test func afterAnExpiredVersionTheNewListReplacesTheOld() async {
        let expired = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}"
        for (second, opened) in [(refusal(410, "Expired"), []), (stream(expired), ["watching"])] {
            let run = await reflect([list("a", version: "5"), second, list("b", version: "20")])
            #expect(
                run.events == ["listing", "listed a", "synced"] + opened
                    + ["interrupted expired", "listing", "listed b", "synced"])
            #expect(run.urls[2] == "resourceVersion=5")
            #expect(run.urls[3].contains("resourceVersion=20&"))
        }
    }

    /// A fake: a real server is restored in `RestoredServerTests`.
    @Test func aServerThatWasRestoredIsListedAtOnceAndWatchedFromThere() async {
        let behind = FakeCluster.failure(
            504, "Timeout", "Timeout: Too large resource version: 5, current: 3", headers: [("Retry-After", "1")])
        let run = await reflect([
            list("a", "b", version: "5"), stream("", failure: .connectionLost("reset")), .success(behind),
            list("a", version: "3"), stream(event("ADDED", "c", version: "4")),
        ])
        #expect(
            run.events == [
                "listing", "listed a", "listed b", "synced", "watching", "interrupted lost", "interrupted behind",
                "listing", "listed a", "synced", "watching", "changed c", "interrupted short",
            ])
        #expect(run.urls[2] == "limit=1&resourceVersion=5&resourceVersionMatch=NotOlderThan")
        #expect(run.urls[3] == "limit=500", "from etcd, without a version")
        #expect(run.urls[4].contains("resourceVersion=3&"))
        #expect(run.sleeps.reduce(.zero, +) < .seconds(3), "a list of the latest state needs no waiting")
    }

    /// The 504 says when to ask again; but the list of the latest state is the better question.
    @Test func aListThatIsAheadOfTheServerIsNotAskedForAgain() async {
        let behind = FakeCluster.failure(
            504, "Timeout", "Timeout: Too large resource version: 5, current: 3", headers: [("Retry-After", "1")])
        let run = await reflect([
            list("a", version: "5"), refusal(410, "Expired"), .success(behind), list("a", version: "3"),
        ])
        #expect(run.urls.count == 5)
        #expect(run.urls[2] == "resourceVersion=5" && run.urls[3] == "limit=500")
    }

    @Test func aListThatBreaksBeginsAnewAndIsNeverTakenForComplete() async {
        let run = await reflect([
            .success(
                .scripted(
                    pieces: [Array("{\"items\":[{\"metadata\":{\"name\":\"a\"}},".utf8)],
                    failure: .connectionLost("EOF"))
            ),
            list("a", "b", version: "5"),
        ])
        #expect(
            run.events == ["listing", "listed a", "interrupted refused", "listing", "listed a", "listed b", "synced"])
    }

    @Test func theFirstListMayBeFatalAndNoLaterOne() async {
        #expect(await reflect([refusal(403, "Forbidden")], isFatal: true).error?.status?.code == 403)
        let later = await reflect(
            [list("a", version: "5"), refusal(403), refusal(403), list("a", version: "6")], isFatal: true)
        #expect(later.error == .cancelled)
        #expect(later.events.suffix(2) == ["listed a", "synced"])
    }

    @Test func aServerThatFailsForEverIsAskedSeldom() async {
        let run = await reflect(
            [list("a", version: "5")] + Array(repeating: refusal(500), count: 100))
        let minutes = run.sleeps.reduce(.zero, +) / .seconds(60)
        #expect(Double(run.urls.count) / minutes < 3)
    }

    /// With every fault that a server or proxy can show, in any order, it converges, and does not retry without pauses.
    @Test(arguments: 1...40)
    func whateverAServerAnswersItConvergesWithoutSpinning(seed: Int) async {
        var random = SplitMix(state: UInt64(seed))
        let huge =
            "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"6\"},\"x\":\""
            + String(repeating: "y", count: 3 << 20) + "\"}}"
        func fault() -> Result<HTTPResponse, HTTPTransportError> {
            switch Int.random(in: 0..<14, using: &random) {
            case 0:
                .success(FakeCluster.failure(429, "TooManyRequests", "later", headers: [("Retry-After", "1")]))
            case 1: refusal(500, "InternalError")
            case 2: .success(.scripted(502, headers: ["Content-Type": "text/html"], body: "<html>bad gateway</html>"))
            case 3: .success(.scripted(200, headers: ["Content-Type": "text/html"], body: "<html>log in</html>"))
            case 4: stream(event("MODIFIED", "a", version: "6") + "garbage")
            case 5: stream(huge)
            case 6: stream(String(event("MODIFIED", "a", version: "6").dropLast(20)))
            case 7: stream(event("MODIFIED", "a", version: "6"), failure: .connectionLost("reset"))
            case 8: refusal(410, "Expired")
            case 9: stream("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}")
            case 10:
                stream(
                    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\"}}")
            case 11: .failure(.connectionRefused(host: "h", port: 1))
            case 12: .failure(.timedOut(during: "connecting"))
            default: stream("")
            }
        }
        // The same fault whatever is requested: a list is invalid as a watch, and vice versa.
        let faults = (0..<60).map { _ in fault() }
        let end = (0..<6).map { _ in list("a", "b", version: "9") }
        let run = await reflect([list("a", version: "5")] + faults + end)
        #expect(run.events.contains("listed b"))
        let minutes = run.sleeps.reduce(.zero, +) / .seconds(60)
        #expect(Double(run.urls.count) / minutes < 20)
    }
}

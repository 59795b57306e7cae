import HTTPTransport
import TestSupport
import Testing

@testable import KubeClient

private func bookmark(_ version: String, endsList: Bool = false) -> String {
    let annotations = endsList ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : ""
    return "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"\(version)\"\(annotations)}}}\n"
}

/// The words of API server 1.33, which has the feature but does not offer it.
private let notOffered =
    "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"

@Suite struct StreamedListTests {
    private func reflect(
        _ answers: [Result<HTTPResponse, HTTPTransportError>], isFatal: Bool = false
    ) async -> (events: [String], urls: [String], sleeps: [Duration], error: KubeError?) {
        await KubeClientTests.reflect(answers, isFatal: isFatal, streamsLists: true)
    }

    @Test func aServerThatStreamsListsIsNotAskedForAList() async {
        let run = await reflect([
            stream(
                event("ADDED", "a", version: "3") + event("ADDED", "b", version: "2") + bookmark("5", endsList: true)),
            stream(event("DELETED", "b", version: "6")),
        ])
        #expect(
            run.events == [
                "listing", "listed a", "listed b", "synced", "watching", "deleted b", "interrupted short",
            ])
        #expect(
            run.urls[0] == "allowWatchBookmarks=true&resourceVersion=0&resourceVersionMatch=NotOlderThan"
                + "&sendInitialEvents=true&timeoutSeconds=300&watch=true")
        #expect(run.urls[1].contains("resourceVersion=5&") && !run.urls[1].contains("sendInitialEvents"))
    }

    @Test func theNextListIsNotOlderThanWhatWasSeen() async {
        let run = await reflect([
            stream(bookmark("5", endsList: true)), refusal(410, "Expired"), stream(bookmark("20", endsList: true)),
        ])
        #expect(run.events == ["listing", "synced", "interrupted expired", "listing", "synced"])
        #expect(run.urls[2].contains("resourceVersion=5&") && run.urls[2].contains("sendInitialEvents=true"))
        #expect(run.urls[3].contains("resourceVersion=20&"))
    }

    /// A server that is behind is asked for its latest state, which waits for etcd: by a list.
    @Test func aServerThatIsBehindIsListed() async {
        let behind = FakeCluster.failure(504, "Timeout", "Timeout: Too large resource version: 5, current: 3")
        let run = await reflect([
            stream(bookmark("5", endsList: true)), refusal(410, "Expired"), .success(behind), list("a", version: "3"),
        ])
        #expect(run.events.suffix(4) == ["interrupted behind", "listing", "listed a", "synced"])
        #expect(run.urls[3] == "limit=500")
    }

    /// Whatever a server or proxy does with the unknown parameter, the list is there at once, and no other is streamed.
    @Test(
        arguments: [
            .success(FakeCluster.failure(422, "Invalid", notOffered)), refusal(400, "BadRequest"), refusal(403),
            refusal(500, "InternalError"), stream(""), stream(event("ADDED", "z", version: "3")),
            stream(bookmark("5")), stream(event("DELETED", "z", version: "3") + bookmark("5", endsList: true)),
            stream("<html>"), stream(event("ADDED", "z", version: "3"), failure: .connectionLost("reset")),
            .failure(.timedOut(during: "reading the response")),
            stream("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\"}}"),
        ] as [Result<HTTPResponse, HTTPTransportError>])
    func aServerThatDoesNotIsListed(answer: Result<HTTPResponse, HTTPTransportError>) async {
        let run = await reflect(
            [answer, list("a", version: "5"), refusal(410, "Expired"), list("b", version: "9")], isFatal: true)
        #expect(
            run.events.filter { $0 != "listed z" } == [
                "listing", "listing", "listed a", "synced", "interrupted expired", "listing", "listed b", "synced",
            ])
        #expect(run.urls.count == 5)
        #expect(run.urls[1] == "resourceVersion=0")
        #expect(run.urls[3] == "resourceVersion=5")
        #expect(run.sleeps.count == 1, "before the second list only")
    }

    @Test func aBusyServerIsNotAskedForMoreAtOnce() async {
        var busy = FakeCluster.failure(429, "TooManyRequests", "later")
        busy.headers.append("Retry-After", "3600")
        let run = await reflect([.success(busy), list("a", version: "5")])
        #expect(run.events.prefix(2) == ["listing", "interrupted refused"])
        #expect(run.sleeps.first == .seconds(60))
        #expect(run.urls[1] == "resourceVersion=0")
    }

    @Test func aRefusalOfBothIsTheLists() async {
        let run = await reflect([refusal(403, "Forbidden"), refusal(403, "Forbidden")], isFatal: true)
        #expect(run.error?.status?.code == 403)
        #expect(run.urls.count == 2)
    }
}

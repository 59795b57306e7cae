import Formats
import Foundation
import Testing

@testable import Rollouts

/// Why a pod is unavailable, in the words of kubelet and scheduler.
@Suite struct PodTests {
    private let now = Timestamp(secondsSince1970: 1_772_366_400)  // 2026-03-01T12:00:00Z

    private func pod(_ status: String, name: String = "web-1", metadata: String = "") throws -> Pod {
        let json = #"{"metadata":{"name":"\#(name)"\#(metadata)},"status":\#(status)}"#
        return try JSONDecoder().decode(Pod.self, from: Data(json.utf8))
    }

    private static let image = #"{"containerStatuses":[{"name":"app","image":"shop/web:2","state":{"waiting":"#

    @Test(arguments: [
        (
            image + #"{"reason":"ImagePullBackOff","message":"Back-off pulling image"}}}]}"#, "ImagePullBackOff",
            "container app: image shop/web:2"
        ),
        (
            #"{"containerStatuses":[{"name":"app","restartCount":7,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"reason":"Error","exitCode":1}}}]}"#,
            "CrashLoopBackOff", "container app: exit code 1, 7 restarts"
        ),
        (
            #"{"containerStatuses":[{"name":"app","restartCount":1,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}"#,
            "CrashLoopBackOff", "container app: OOMKilled, exit code 137, 1 restart"
        ),
        (
            #"{"containerStatuses":[{"name":"app","state":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}"#,
            "OOMKilled", "container app: exit code 137"
        ),
        (
            image + #"{"reason":"CreateContainerConfigError","message":"secret \"x\" not found"}}}]}"#,
            "CreateContainerConfigError", "container app: secret \"x\" not found"
        ),
        (
            #"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes are available: insufficient cpu."}]}"#,
            "Unschedulable", "0/3 nodes are available: insufficient cpu."
        ),
        (
            #"{"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory."}"#, "Evicted",
            "The node was low on resource: memory."
        ),
        (
            #"{"phase":"Running","conditions":[{"type":"Ready","status":"False","lastTransitionTime":"2026-03-01T11:50:00Z"}],"containerStatuses":[{"name":"app","ready":false},{"name":"proxy","ready":true}]}"#,
            "NotReady", "container app for 10m"
        ),
        (
            #"{"initContainerStatuses":[{"name":"migrate","state":{"terminated":{"reason":"Error","exitCode":2}}}],"containerStatuses":[{"name":"app","state":{"waiting":{"reason":"PodInitializing"}}}]}"#,
            "Error", "init container migrate: exit code 2"
        ),
        (#"{"phase":"Pending"}"#, "Pending", ""),
    ])
    func whatIsWrong(status: String, reason: String, detail: String) throws {
        #expect(try pod(status).trouble(now: now) == PodTrouble(pod: "web-1", reason: reason, detail: detail))
    }

    @Test func aReadyPodHasNoTrouble() throws {
        let ready =
            #"{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"app","ready":true}]}"#
        #expect(try pod(ready).trouble(now: now) == nil)
        let finished =
            #"{"initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}}}],"conditions":[{"type":"Ready","status":"True"}]}"#
        #expect(try pod(finished).trouble(now: now) == nil)
    }

    @Test func aPodThatGoesIsTerminating() throws {
        let going = try pod(
            #"{"conditions":[{"type":"Ready","status":"False"}]}"#,
            metadata: #","deletionTimestamp":"2026-03-01T12:00:00Z""#)
        #expect(going.trouble(now: now)?.reason == "Terminating")
    }

    @Test func theCommonestReasonComesFirst() {
        func trouble(_ pod: String, _ reason: String) -> PodTrouble { .init(pod: pod, reason: reason, detail: "") }
        let all = [trouble("d", "A"), trouble("c", "B"), trouble("a", "B"), trouble("b", "A"), trouble("e", "B")]
        #expect(all.byCommonness.map(\.pod) == ["a", "c", "e", "b", "d"])
    }

    @Test func onlyOwnPodsCount() throws {
        let replicaSet = try JSONDecoder().decode(
            ReplicaSet.self,
            from: Data(
                #"{"metadata":{"name":"web-a","uid":"u"},"status":{"conditions":[{"type":"ReplicaFailure","status":"True","message":"exceeded quota"}]}}"#
                    .utf8))
        #expect(replicaSet.failure == "exceeded quota")
        #expect(try pod("{}", metadata: #","ownerReferences":[{"uid":"u","controller":true}]"#).isOwned(by: replicaSet))
        #expect(try !pod("{}", metadata: #","ownerReferences":[{"uid":"v"}]"#).isOwned(by: replicaSet))
    }
}

import Formats
import Foundation
import Testing

@testable import KubeClient

@Suite struct LeaseTests {
    /// A malicious peer could make decoding slow, which no request timeout limits.
    @Test(.timeLimit(.minutes(1))) func oneThatIsNestedTooDeeplyIsNone() {
        let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        let all = Array(repeating: deep, count: 20).joined(separator: ",")
        let start = ContinuousClock.now
        #expect(Lease(json: Array(#"{"metadata":{"name":"n","x":[\#(all)]},"spec":{}}"#.utf8)) == nil)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func whatWeDoNotKnowSurvivesAWrite() throws {
        let text = """
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"n","namespace":"ns",
            "resourceVersion":"7","uid":"u","labels":{"a":"b"},"annotations":{"x/y":"é\\u007f\\n"},
            "finalizers":["f"],"ownerReferences":[{"kind":"Deployment","controller":true}],
            "managedFields":[{"manager":"m","fieldsV1":{"f:spec":{}}}]},
            "spec":{"holderIdentity":"other","leaseDurationSeconds":15,"leaseTransitions":3,"strategy":"New",
            "preferredHolder":null,"future":[1,2.5,false]}}
            """
        let lease = try #require(Lease(json: Array(text.utf8)))
        #expect(lease.resourceVersion == "7" && lease.spec.holder == "other")
        var spec = lease.spec
        spec.holderIdentity = "me"
        spec.renewTime = "t"
        let expected = text.replacing("\"other\"", with: "\"me\"").replacing(
            "{\"holder", with: "{\"renewTime\":\"t\",\"holder")
        #expect(lease.replacing(spec) == Lease(json: Array(expected.utf8)))
        #expect(Lease(json: lease.replacing(spec).json) == lease.replacing(spec))
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"metadata\":{}}", "{\"metadata\":{\"resourceVersion\":\"\"}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"holderIdentity\":1}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"leaseDurationSeconds\":\"15\"}}",
    ])
    func whatIsNoLeaseIsNotTakenForAFreeOne(_ text: String) {
        #expect(Lease(json: Array(text.utf8)) == nil)
    }

    @Test(arguments: ["", ",\"spec\":null", ",\"spec\":{}", ",\"spec\":{\"holderIdentity\":\"\"}"])
    func aLeaseWithoutHolderIsRead(_ spec: String) throws {
        let lease = try #require(Lease(json: Array("{\"metadata\":{\"resourceVersion\":\"1\"}\(spec)}".utf8)))
        #expect(lease.spec.holder == nil)
    }

    @Test func aNewLeaseNamesItsPlace() throws {
        let lease = Lease(namespace: "ns", name: "n", spec: LeaseSpec(holderIdentity: "me", leaseDurationSeconds: 15))
        let read = try JSONValue.read(lease.json)
        #expect(
            read
                == .object([
                    "apiVersion": .string("coordination.k8s.io/v1"), "kind": .string("Lease"),
                    "metadata": .object(["namespace": .string("ns"), "name": .string("n")]),
                    "spec": .object(["holderIdentity": .string("me"), "leaseDurationSeconds": .integer(15)]),
                ]))
    }

    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000000Z"), (1_772_366_400, 7, "2026-03-01T12:00:00.000007Z"),
            (1_709_251_199, 999_999, "2024-02-29T23:59:59.999999Z"),
        ] as [(Int64, Int, String)])
    func microTimes(seconds: Int64, microseconds: Int, text: String) {
        #expect(MicroTime.text(seconds: seconds, microseconds: microseconds) == text)
        #expect(Timestamp(goTime: text)?.secondsSince1970 == seconds)
    }

    @Test(arguments: [
        (15_000, 10_000, 2_000, true), (10_001, 10_000, 2_000, true), (10_000, 10_000, 2_000, false),
        (15_000, 10_000, 8_333, true), (15_000, 10_000, 8_334, false), (15_000, 10_000, 0, false),
        (15_000, 10_000, -1, false), (86_400_001, 10_000, 2_000, false), (3, 2, 1, true),
    ])
    func timingsThatCannotBeSafeAreRefused(lease: Int, renew: Int, retry: Int, isGood: Bool) {
        let timing = LeaseTiming(
            leaseDuration: .milliseconds(lease), renewDeadline: .milliseconds(renew), retryPeriod: .milliseconds(retry))
        #expect((timing != nil) == isGood)
        if let timing { #expect(.seconds(timing.leaseDurationSeconds) >= timing.leaseDuration) }
    }

    @Test func theStandardTimingIsAGoodOne() {
        let standard = LeaseTiming.standard
        #expect(
            LeaseTiming(
                leaseDuration: standard.leaseDuration, renewDeadline: standard.renewDeadline,
                retryPeriod: standard.retryPeriod) == standard)
        #expect(standard.acquirePause(0) == .seconds(1) && standard.acquirePause(0.5) == .milliseconds(1250))
    }
}

extension JSONValue {
    fileprivate static func read(_ json: [UInt8]) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(json))
    }
}

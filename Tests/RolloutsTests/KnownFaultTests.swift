import Testing

@testable import Rollouts

@Suite struct KnownFaultTests {
    @Test(arguments: [
        ("v1.7.1", "v1.7.1"), ("1.7.1", "v1.7.1"), ("v1.10.0-rc1", "v1.10.0-rc1"), ("v0.10.2", "v0.10.2"),
    ])
    func releases(tag: String, text: String) {
        #expect(ControllerVersion(tag: tag)?.description == text)
    }

    @Test(arguments: [
        "latest", "", "v1", "v1.7", "v1.7.1.2", "v1.7.x", "v1.7.1-acme.3", "v1.7.1-rc", "v1.7.1-rc1-2", "v+1.7.1",
        "v1.7.99999", "vv1.7.1", "v1.7.-1", "v1..1",
    ])
    func others(tag: String) {
        #expect(ControllerVersion(tag: tag) == nil)
    }

    @Test func order() {
        let tags = [
            "v1.6.6", "v1.7.0-rc1", "v1.7.0", "v1.7.2", "v1.9.1", "v1.10.0-rc1", "v1.10.0-rc2", "v1.10.0", "v2.0.0",
        ]
        let versions = tags.compactMap { ControllerVersion(tag: $0) }
        #expect(versions.count == tags.count && versions.shuffled().sorted() == versions)
    }

    private static let replicaSets = ["stale-current-replicaset", "stale-old-replicaset", "stale-new-replicaset"]

    @Test(arguments: [
        ("v1.5.1", ["stale-rollout"]), ("v1.6.0", ["replicaset-conflict", "stale-rollout"]),
        ("v1.6.1", replicaSets + ["replicaset-conflict", "stale-rollout"]),
        ("v1.6.6", replicaSets + ["replicaset-conflict", "stale-rollout"]),
        ("v1.7.0", replicaSets + ["stale-rollout"]), ("v1.7.1", replicaSets + ["stale-rollout"]),
        ("v1.7.2", replicaSets + ["stale-rollout"]), ("v1.8.0", ["stale-rollout"]), ("v1.8.3", ["stale-rollout"]),
        ("v1.9.1", ["stale-rollout"]),
    ])
    func affected(tag: String, names: [String]) throws {
        let version = try #require(ControllerVersion(tag: tag))
        guard case .affected(let faults) = KnownFault.finding(for: version) else {
            Issue.record("\(tag) is not affected")
            return
        }
        #expect(faults.map(\.name) == names)
    }

    @Test(arguments: [
        ("v1.10.0-rc1", KnownFault.Finding.cured), ("v1.10.0", .cured), ("v2.0.0", .cured),
        // Neither measured nor reported.
        ("v1.9.2", .unknown), ("v1.8.0-rc1", .unknown), ("v1.7.0-rc1", .unknown),
    ])
    func others(tag: String, finding: KnownFault.Finding) throws {
        #expect(KnownFault.finding(for: try #require(ControllerVersion(tag: tag))) == finding)
    }

    @Test(arguments: [
        ("registry.test/argoproj/argo-rollouts:v1.7.1", "v1.7.1"),
        ("argo-rollouts:v1.7.1@sha256:abc", "v1.7.1"), ("registry.test:5000/a/argo-rollouts:v1.8.0", "v1.8.0"),
    ])
    func images(image: String, version: String) throws {
        #expect(ControllerImage(image) == .release(try #require(ControllerVersion(tag: version))))
    }

    @Test(arguments: [
        ("registry.test/argoproj/argo-rollouts@sha256:abc", "only a digest"),
        ("registry.test/argoproj/argo-rollouts", "no tag"), ("registry.test:5000/argo-rollouts", "no tag"),
        ("argo-rollouts:latest", "the tag latest is not that of a release"), ("argo-rollouts:", "no tag"),
        ("acme/rollouts:v1.7.1", "a fork?"), ("argo-rollouts-fork:v1.7.1", "a fork?"), ("", "a fork?"),
    ])
    func imagesThatSayNothing(image: String, why: String) {
        guard case .unknown(let reason) = ControllerImage(image) else {
            Issue.record("\(image) has a version")
            return
        }
        #expect(reason.contains(why), "\(reason)")
    }

    @Test func everyFaultEndsBeforeItIsFixedAndIsReported() {
        for fault in KnownFault.all {
            #expect(fault.last < fault.fixedIn && fault.first.map { $0 <= fault.last } ?? true, "\(fault.name)")
            #expect(!fault.affects(fault.fixedIn) && fault.affects(fault.last) && !fault.reports.isEmpty)
            #expect(fault.fixedIn <= KnownFault.cured)
            #expect(fault.links.allSatisfy { $0.hasPrefix("https://github.com/argoproj/argo-rollouts/") })
        }
        #expect(Set(KnownFault.all.map(\.name)).count == KnownFault.all.count)
    }
}

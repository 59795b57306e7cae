import TestSupport
import Testing

@testable import Rollouts

@Suite struct ApplicationTests {
    /// Whether an object with these marks belongs to the application: Argo CD's label, Helm's label, the annotation.
    @Test(
        arguments: [
            (own: nil, label: "store", tracking: nil, name: "store", true),
            (own: nil, label: "argocd_store", tracking: nil, name: "store", true),
            (own: nil, label: "bookstore", tracking: nil, name: "store", false),
            (own: "store", label: nil, tracking: nil, name: "store", true),
            (own: "argocd_store", label: nil, tracking: nil, name: "store", true),
            (own: "bookstore", label: nil, tracking: nil, name: "store", false),
            (own: "store", label: "release", tracking: nil, name: "store", true),
            (own: "store", label: "release", tracking: nil, name: "release", false),
            (own: "", label: "store", tracking: nil, name: "store", true),
            (own: "store", label: nil, tracking: "shop:argoproj.io/Rollout:shop/web", name: "store", false),
            (own: "store", label: nil, tracking: "shop:argoproj.io/Rollout:shop/api", name: "store", true),
            (own: nil, label: nil, tracking: "store:argoproj.io/Rollout:shop/web", name: "store", true),
            (own: nil, label: nil, tracking: "argocd_store:argoproj.io/Rollout:shop/web", name: "store", true),
            (own: nil, label: "team_store", tracking: "shop:argoproj.io/Rollout:shop/web", name: "store", false),
            (own: nil, label: "team_store", tracking: "shop:argoproj.io/Rollout:shop/web", name: "shop", true),
            (own: nil, label: "team_store", tracking: "shop:apps/Deployment:shop/web", name: "store", true),
            (own: nil, label: "release", tracking: "store:argoproj.io/Rollout:shop/web", name: "store", true),
            (own: nil, label: "release", tracking: "store:argoproj.io/Rollout:shop/web", name: "release", false),
            (own: nil, label: nil, tracking: "store:apps/Deployment:shop/web", name: "store", false),
            (own: nil, label: nil, tracking: "store:argoproj.io/Rollout:shop/other", name: "store", false),
            (own: nil, label: nil, tracking: "store:argoproj.io/Rollout:blog/web", name: "store", false),
            (own: nil, label: nil, tracking: "store", name: "store", false),
            (own: nil, label: nil, tracking: nil, name: "store", false),
            (own: "", label: "", tracking: ":argoproj.io/Rollout:shop/web", name: "", false),
        ] as [(own: String?, label: String?, tracking: String?, name: String, Bool)])
    func belongs(own: String?, label: String?, tracking: String?, name: String, expected: Bool) throws {
        let marks = ["argocd.argoproj.io/instance": own, "app.kubernetes.io/instance": label].compactMapValues { $0 }
        let annotations = tracking.map { ["argocd.argoproj.io/tracking-id": $0] } ?? [:]
        let rollout: Rollout = try ObjectFixture.rollout(
            "web", metadata: ["labels": marks, "annotations": annotations]
        ).decoded()
        #expect(rollout.belongs(toApplication: name) == expected)
    }
}

import Foundation
import TestSupport
import Testing

@testable import Rollouts

@Suite struct ApplicationTests {
    @Test(
        arguments: [
            (label: "store", tracking: nil, name: "store", true),
            (label: "argocd_store", tracking: nil, name: "store", true),
            (label: "bookstore", tracking: nil, name: "store", false),
            (label: nil, tracking: "store:argoproj.io/Rollout:shop/web", name: "store", true),
            (label: nil, tracking: "argocd_store:argoproj.io/Rollout:shop/web", name: "store", true),
            (label: "team_store", tracking: "shop:argoproj.io/Rollout:shop/web", name: "store", false),
            (label: "team_store", tracking: "shop:argoproj.io/Rollout:shop/web", name: "shop", true),
            (label: "team_store", tracking: "shop:apps/Deployment:shop/web", name: "store", true),
            (label: "release", tracking: "store:argoproj.io/Rollout:shop/web", name: "store", true),
            (label: nil, tracking: "store:apps/Deployment:shop/web", name: "store", false),
            (label: nil, tracking: "store:argoproj.io/Rollout:shop/other", name: "store", false),
            (label: nil, tracking: "store", name: "store", false),
            (label: nil, tracking: nil, name: "store", false),
            (label: "", tracking: ":argoproj.io/Rollout:shop/web", name: "", false),
        ] as [(label: String?, tracking: String?, name: String, Bool)])
    func belongs(label: String?, tracking: String?, name: String, expected: Bool) throws {
        var metadata: [String: Any] = [:]
        metadata["labels"] = label.map { ["app.kubernetes.io/instance": $0] }
        metadata["annotations"] = tracking.map { ["argocd.argoproj.io/tracking-id": $0] }
        let fixture = ObjectFixture.rollout("web", metadata: metadata)
        let rollout = try JSONDecoder().decode(Rollout.self, from: Data(fixture.json))
        #expect(rollout.belongs(toApplication: name) == expected)
    }
}

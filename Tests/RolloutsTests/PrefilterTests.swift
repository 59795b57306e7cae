import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// What is kept from being decoded cannot match.
@Suite struct PrefilterTests {
    @Test(arguments: [
        ("{\"status\":{\"message\":\"ProgressDeadlineExceeded: x\"}}", true),
        ("ProgressDeadlineExceeded", true),
        ("xProgressDeadlineExceedeProgressDeadlineExceeded", true),
        ("ProgressDeadlineExceede", false),
        ("progressdeadlineexceeded", false),
        ("{\"message\":\"\\u0050rogressDeadlineExceeded\"}", true),
        ("{\"message\":\"a \\u003c b \\u0026\\u0026 c \\u2028 \\u0007\"}", false),
        ("\\u00", false), ("", false),
    ])
    func phraseAndEscapes(json: String, canMatch: Bool) {
        #expect(Rollout.canMatch(Array(json.utf8)) == canMatch)
    }

    @Test func whereverThePhraseIs() {
        for before in 0..<80 {
            for after in [0, 1, 30] {
                let text = String(repeating: "d", count: before) + "ProgressDeadlineExceeded"
                #expect(Rollout.canMatch(Array((text + String(repeating: "E", count: after)).utf8)))
            }
        }
    }

    @Test func labelsAndAnnotationsThatMeanNothingAreNotKept() throws {
        let fixture = ObjectFixture.rollout(metadata: [
            "labels": ["rollout-heal/restarts": "2", "app": "web"],
            "annotations": ["rollout-heal/ignore": "true", "kubectl.kubernetes.io/last-applied-configuration": "{}"],
        ])
        let metadata = try JSONDecoder().decode(Rollout.self, from: Data(fixture.json)).metadata
        #expect(metadata.labels == ["rollout-heal/restarts": "2"])
        #expect(metadata.annotations == ["rollout-heal/ignore": "true"])
    }
}

import KubeConfig
import Testing

@Suite struct ContextPatternTests {
    @Test(arguments: [
        ("prod", "prod", true), ("prod", "prod-eu", false), ("prod-*", "prod-eu", true), ("prod-*", "prod-", true),
        ("prod-*", "a-prod-eu", false), ("*-eu", "prod-eu", true), ("*-eu", "prod-eu-1", false),
        ("*", "arn:aws:eks:eu-west-1:123:cluster/prod", true), ("*/prod", "arn:aws:eks:e:1:cluster/prod", true),
        ("p?od", "prod", true), ("p?od", "pood", true), ("p?od", "pod", false), ("?", "é", true), ("?", "", false),
        ("", "", true), ("", "a", false), ("*", "", true), ("**a**", "bab", true), ("*ab", "aab", true),
        ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false), ("gke_*_eu?", "gke_p_eu1", true), ("[a]", "a", false),
        (".", "a", false),
    ])
    func starsAndQuestionMarks(pattern: String, name: String, matches: Bool) {
        #expect(ContextPattern(pattern).matches(name) == matches)
    }

    /// Backtracking to every star would take exponential time.
    @Test func manyStarsTakeNoTime() {
        let pattern = ContextPattern(String(repeating: "*a", count: 40) + "*b")
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }

    private static let yaml = """
        contexts:
        - {name: prod-us, context: {cluster: a}}
        - {name: stage, context: {cluster: a}}
        - {name: prod-eu, context: {cluster: b}}
        """

    private func names(_ patterns: String...) throws(KubeConfigError) -> [String] {
        try MergedKubeConfig.load(flags: ConnectionFlags(), environment: host(["/k/config": Self.yaml]))
            .contexts(matching: patterns)
    }

    @Test func eachOnceByName() throws {
        #expect(try names("prod-*") == ["prod-eu", "prod-us"])
        #expect(try names("stage", "*") == ["prod-eu", "prod-us", "stage"])
    }

    @Test func aPatternThatMatchesNothingIsNamedWithWhatThereIs() {
        let error = #expect(throws: KubeConfigError.self) { try names("prod-*", "test-*") }
        #expect(error?.message == "no context matches \"test-*\"")
        #expect(error?.hint == "known contexts: prod-us, stage, prod-eu")
        #expect(
            KubeConfigError.noMatchingContext("a", known: []).hint == "the kubeconfig has no contexts")
    }
}

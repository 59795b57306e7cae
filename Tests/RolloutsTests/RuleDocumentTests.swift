import Foundation
import Testing

@testable import Rollouts

/// The tables in docs/rule.md match the code. To write them: `ROLLOUT_HEAL_WRITE_DOCS=1 scripts/ci/test RuleDocument`.
@Suite(.serialized) struct RuleDocumentTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/rule.md").standardizedFileURL
    private static let end = "<!-- end -->"

    @Test func theTableOfDiagnoses() throws {
        try check("<!-- generated: diagnoses -->\n", Self.diagnoses)
    }

    @Test func theTableOfGates() throws {
        let head = "| gate | closed when |\n|---|---|\n"
        try check(
            "<!-- generated: gates -->\n",
            Gate.allCases.reduce(head) { $0 + "| `\($1.rawValue)` | \($1.meaning) |\n" })
    }

    private func check(_ begin: String, _ table: String) throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let start = try #require(text.range(of: begin)).upperBound
        let stop = try #require(text.range(of: Self.end, range: start..<text.endIndex)).lowerBound
        if ProcessInfo.processInfo.environment["ROLLOUT_HEAL_WRITE_DOCS"] != nil {
            try text.replacingCharacters(in: start..<stop, with: table).write(
                to: Self.file, atomically: true, encoding: .utf8)
        } else {
            #expect(text[start..<stop] == table)
        }
    }

    private static var diagnoses: String {
        let head = "| diagnosis | when | restarted under |\n|---|---|---|\n"
        return Diagnosis.allCases.reduce(head) { table, diagnosis in
            let policies = Policy.allCases.filter { HealRule(policy: $0).restarts(diagnosis) }.map {
                "`\($0.rawValue)`"
            }
            return table
                + "| `\(diagnosis.rawValue)` | \(diagnosis.condition) | \(policies.joined(separator: ", ")) |\n"
        }
    }
}

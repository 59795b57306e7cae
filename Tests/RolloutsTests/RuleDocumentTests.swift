import Foundation
import Testing

@testable import Rollouts

/// The table in docs/rule.md is what the code does. To write it anew: `ROLLOUT_HEAL_WRITE_DOCS=1 scripts/test RuleDocument`.
@Suite struct RuleDocumentTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/rule.md").standardizedFileURL
    private static let begin = "<!-- generated: diagnoses -->\n"
    private static let end = "<!-- end -->"

    @Test func theTableOfDiagnoses() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let start = try #require(text.range(of: Self.begin)).upperBound
        let stop = try #require(text.range(of: Self.end)).lowerBound
        if ProcessInfo.processInfo.environment["ROLLOUT_HEAL_WRITE_DOCS"] != nil {
            try text.replacingCharacters(in: start..<stop, with: Self.table).write(
                to: Self.file, atomically: true, encoding: .utf8)
        } else {
            #expect(text[start..<stop] == Self.table)
        }
    }

    private static var table: String {
        let head = "| diagnosis | when | restarted under |\n|---|---|---|\n"
        return Diagnosis.allCases.reduce(head) { table, diagnosis in
            let policies = Policy.allCases.filter { $0.restarts(diagnosis) }.map { "`\($0.rawValue)`" }
            return table
                + "| `\(diagnosis.rawValue)` | \(diagnosis.condition) | \(policies.joined(separator: ", ")) |\n"
        }
    }
}

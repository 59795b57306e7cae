import Foundation
import Metrics
import Rollouts
import Testing

@testable import Commands

/// Tables and lists in the documents name exactly what the code declares.
@Suite struct DocumentedNamesTests {
    private func document(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The backquoted names in the first column of the table under `header`.
    private func firstColumn(of path: String, under header: String) throws -> [String] {
        let lines = try document(path).split(separator: "\n", omittingEmptySubsequences: false)
        let table = try #require(lines.firstIndex { $0.hasPrefix(header) })
        return lines[(table + 2)...].prefix { $0.hasPrefix("|") }.flatMap { line in
            line.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
        }
    }

    @Test func everyDiagnosisIsInReadme() throws {
        let named = try firstColumn(of: "README.md", under: "| diagnosis | ")
        #expect(named.sorted() == Diagnosis.allCases.map(\.rawValue).sorted())
    }

    /// docs/watch.md lists only gates that `watch` evaluates differently; docs/rule.md lists all of them.
    @Test func gatesOfWatchAreGates() throws {
        let named = try firstColumn(of: "docs/watch.md", under: "| gate | ")
        #expect(!named.isEmpty && named.allSatisfy { Gate(rawValue: $0) != nil }, "\(named)")
        #expect(Set(named).count == named.count)
    }

    @Test func everyMetricIsInWatch() throws {
        let line = try #require(
            try document("docs/watch.md").firstMatch(of: /`--metrics-address`: ((?s).*?)`process_\*`/)?.1)
        let named = line.matches(of: /`(rollout_heal)?(_[a-z_]+)(\{[a-z_,]+\})?`/).map {
            "rollout_heal\($0.2)\($0.3 ?? "")"
        }
        let declared = HealMetrics.Families().all.map { family in
            let labels = family.labels.map(\.name).joined(separator: ",")
            // Labels of `_info` metrics are not documented, because they are of no use in a query.
            return family.name + (labels.isEmpty || family.name.hasSuffix("_info") ? "" : "{\(labels)}")
        }
        #expect(named.sorted() == declared.sorted())
        #expect(HealMetrics(heals: true).text.contains("# HELP process_"))
    }

    @Test func groupsAndKeysOfThePageAreInWatch() throws {
        let lines = try document("docs/watch.md").split(separator: "\n")
        for group in Diagnosis.Group.allCases {
            let row = try #require(lines.first { $0.hasPrefix("| \(group.name): ") })
            let named = row.matches(of: /`([a-z][a-z-]*)`/).map { String($0.1) }
            #expect(named.sorted() == Diagnosis.allCases.filter { $0.group == group }.map(\.rawValue).sorted())
        }
        let start = try #require(lines.firstIndex { $0.hasPrefix("| key | ") })
        let keys = lines[(start + 2)...].prefix { $0.hasPrefix("| ") }.map { row in
            row.split(separator: "|")[0].filter { $0 != "`" }.split(separator: " ").joined(separator: " ")
        }
        #expect(keys == PageKeys.all.map(\.keys))
    }

    @Test func fieldsOfAChangeAreInReadme() throws {
        let readme = try document("README.md")
        let fields = ChangeLine.fields.map(\.name).joined(separator: ",")
        #expect(readme.contains("`{\(fields)}`"))
        for field in ChangeLine.recoveryFields { #expect(readme.contains("`\(field.name)`"), "\(field.name)") }
    }

    /// README.md shows the columns of a narrow table, in order.
    @Test func columnsAreThoseInReadme() throws {
        let shown = try #require(try document("README.md").split(separator: "\n").first { $0.hasPrefix("NAME  ") })
        let narrow = Table(RolloutTable.columns, on: [], []).header
        #expect(shown.split(separator: " ").map { String($0) } == narrow)
    }
}

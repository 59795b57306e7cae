import Foundation
import Testing

/// Each alert leads to its section of the runbook.
@Suite struct RunbookTests {
    private func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test func everyAlertHasItsSectionAndEverySectionAnAlert() throws {
        let rules = try text("deploy/components/monitoring/prometheusrule.yaml")
        let alerts = rules.matches(of: /- alert: (\w+)/).map { String($0.1) }
        let links = rules.matches(of: /runbook_url: \S+\/docs\/runbook\.md#(\S+)/).map { String($0.1) }
        let sections = try text("docs/runbook.md").matches(of: /(?m)^## (\w+)$/).map { String($0.1) }
        #expect(alerts.count > 5 && Set(alerts).count == alerts.count)
        #expect(links == alerts.map { $0.lowercased() })
        #expect(sections.sorted() == alerts.sorted())
    }
}

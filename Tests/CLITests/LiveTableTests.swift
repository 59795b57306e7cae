import HTTPTransport
import KubeClient
import Testing

@testable import CLI
@testable import RolloutHeal
@testable import Rollouts

@Suite struct LiveTableTests {
    private let now = Timestamp(secondsSince1970: 1_772_366_400)

    private func row(_ name: String, state: String = "a restart heals it", gate: Gate? = nil) -> WatchedRow {
        WatchedRow(
            id: RolloutID(namespace: "shop", name: name), strategy: .blueGreen, phase: "Degraded", ready: 5, desired: 5,
            verdict: Verdict(diagnosis: .stuck, isDue: true, heldBy: gate), since: now.adding(seconds: -3600),
            restartedAt: nil, state: state)
    }

    private func view(_ rows: [WatchedRow], isStormy: Bool = false, trouble: RolloutHealError? = nil) -> WatchView {
        WatchView(
            rows: rows, count: 200, isSynced: true, isStormy: isStormy, givenUp: 0, degraded: [.stuck: rows.count],
            now: now, trouble: trouble)
    }

    private func frame(
        _ view: WatchView, columns: Int = 80, rows: Int = 24, recent: [String] = [], namespaces: Bool = true
    ) -> [String] {
        LiveTable(title: "rollout-heal watch · prod", showsNamespace: namespaces, style: Style(isColored: false))
            .frame(view, recent: recent, size: .init(columns: columns, rows: rows))
    }

    @Test func showsWhoIsInTroubleAndWhatHappensNext() {
        #expect(
            frame(view([row("cart"), row("web", state: "settling, 34s left")])) == [
                "rollout-heal watch · prod", "200 Rollouts, 2 in trouble", "",
                "NAMESPACE   NAME   READY   DIAGNOSIS   FOR   STATE",
                "shop        cart   5/5     stuck       60m   a restart heals it",
                "shop        web    5/5     stuck       60m   settling, 34s left",
            ])
        #expect(frame(view([])) == ["rollout-heal watch · prod", "200 Rollouts, all well", ""])
    }

    @Test func fitsIntoAnyTerminal() {
        let rows = (0..<40).map {
            row("a-rather-long-name-of-a-rollout-\($0)", state: String(repeating: "why ", count: 40))
        }
        let recent = (0..<50).map { "\($0) " + String(repeating: "x", count: 300) }
        for (columns, lines) in [(80, 24), (200, 50), (40, 10), (20, 5), (10, 3), (1, 1), (120, 24)] {
            let frame = frame(view(rows), columns: columns, rows: lines, recent: recent)
            #expect(frame.count <= lines, "\(columns)x\(lines)")
            // A column has at least a cell and its padding.
            let narrowest = 6 * 4
            #expect(frame.allSatisfy { $0.unicodeScalars.count <= max(columns, narrowest) }, "\(columns)x\(lines)")
        }
        let small = frame(view(rows), recent: recent)
        #expect(small.contains { $0.hasPrefix("and ") && $0.hasSuffix(" more") })
        #expect(small.last?.hasPrefix("49 ") == true)
    }

    @Test func troubleAndStormsAreSaid() {
        let lost = RolloutHealError.api(.transport(.connectionRefused(host: "h", port: 1), server: "h:1"))
        #expect(frame(view([], trouble: lost))[1].hasPrefix("✗ The connection to the server h:1 was refused"))
        #expect(frame(view([row("a")], isStormy: true))[1].hasPrefix("storm: "))
    }

    @Test func nothingFromTheClusterReachesTheTerminalRaw() {
        let hostile = row("web", state: "\u{1B}]0;owned\u{07}\nnext")
        let text = frame(view([hostile])).joined()
        #expect(!text.contains("\u{1B}") && !text.contains("\u{07}"))
    }

    @Test func aChangeIsALineForPeopleAndAnObjectForPrograms() {
        let change = Change(
            .skipped, RolloutID(namespace: "shop", name: "web"), uid: "u", diagnosis: .stuck, gate: "cool-down",
            message: "not \"yet\"\u{1B}")
        #expect(
            ChangeLine.text(change, at: now, style: Style(isColored: false))
                == "2026-03-01T12:00:00Z  SKIPPED    shop/web  stuck (cool-down)  not \"yet\"^[")
        #expect(
            ChangeLine.json(change, at: now) == """
                {"ts":"2026-03-01T12:00:00Z","type":"SKIPPED","namespace":"shop","name":"web","diagnosis":"stuck",\
                "gate":"cool-down","message":"not \\"yet\\"\\u001b"}
                """)
        #expect(
            ChangeLine.json(Change(.error, message: "lost"), at: now) == """
                {"ts":"2026-03-01T12:00:00Z","type":"ERROR","namespace":null,"name":null,"diagnosis":null,"gate":null,\
                "message":"lost"}
                """)
    }
}

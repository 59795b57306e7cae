import Formats
import HTTPTransport
import KubeClient
import Testing

@testable import Commands
@testable import RolloutHeal
@testable import Rollouts

@Suite struct LiveTableTests {
    private let now = PageStage.now

    private func row(_ name: String, state: String = "a restart may heal it", gate: Gate? = nil) -> WatchedRow {
        PageStage.row(name, state: state, gate: gate)
    }

    private func view(_ rows: [WatchedRow], isStormy: Bool = false, trouble: RolloutHealError? = nil) -> WatchView {
        PageStage.view(rows, isStormy: isStormy, trouble: trouble)
    }

    private func frame(
        _ view: WatchView, columns: Int = 80, rows: Int = 24, recent: [String] = [], total: Int? = nil,
        style: Style = Style(isColored: false)
    ) -> [String] {
        var stage = PageStage(view, columns: columns, rows: rows, recent: recent, takesKeys: false, style: style)
        stage.page.total = total
        return stage.frame
    }

    @Test func showsWhoIsInTroubleAndWhatHappensNext() {
        #expect(
            frame(view([row("cart"), row("web", state: "settling, 34s left")])) == [
                "rollout-heal watch · prod", "200 Rollouts, 2 in trouble", "",
                "NAMESPACE   NAME   READY   DIAGNOSIS   FOR   STATE", "FIXABLE (2): a refresh or a restart can help",
                "shop        cart   5/5     stuck       60m   a restart may heal it",
                "shop        web    5/5     stuck       60m   settling, 34s left",
            ])
        #expect(frame(view([])) == ["rollout-heal watch · prod", "200 Rollouts, all Healthy", ""])
    }

    /// The summary counts Rollouts without a row, and is green only if all are Healthy.
    @Test func theSummaryCountsWhatHasNoRow() {
        var view = view([])
        view.census = Census(otherDegraded: 2, inProgress: 3, excluded: 4, unreadable: 1)
        let style = Style(isColored: true)
        #expect(
            frame(view, columns: 100)[1]
                == "200 Rollouts, 2 Degraded for other reasons, 3 in progress, 1 unreadable, 4 more excluded")
        #expect(frame(view, style: style)[1].hasPrefix("200"))
        view.census = Census(excluded: 4)
        #expect(frame(view)[1] == "200 Rollouts, all Healthy, 4 more excluded")
        #expect(frame(view, style: style)[1].hasPrefix("\u{1B}["))
    }

    @Test func fitsIntoAnyTerminal() {
        let rows = (0..<40).map {
            row("a-rather-long-name-of-a-rollout-\($0)", state: String(repeating: "why ", count: 40))
        }
        let recent = (0..<50).map { "\($0) " + String(repeating: "x", count: 300) }
        for takesKeys in [true, false] {
            for (columns, lines) in [(80, 24), (200, 50), (40, 10), (20, 5), (10, 3), (1, 1), (120, 24), (120, 40)] {
                let stage = PageStage(
                    view(rows), columns: columns, rows: lines, recent: recent, takesKeys: takesKeys)
                #expect(stage.frame.count <= lines, "\(columns)x\(lines)")
                // The last column of the terminal stays empty.
                #expect(stage.frame.allSatisfy { $0.displayWidth <= max(columns - 1, 1) }, "\(columns)x\(lines)")
            }
        }
        let small = frame(view(rows), recent: recent)
        #expect(small.contains { $0.hasPrefix("and ") && $0.hasSuffix(" more") })
        // The last message is shown as far as there is room.
        #expect(small.contains("49") && small.last?.hasSuffix("x") == true)
    }

    @Test func troubleAndStormsAreSaid() {
        let lost = RolloutHealError.api(.transport(.connectionRefused(host: "h", port: 1), server: "h:1"))
        #expect(frame(view([], trouble: lost))[1].hasPrefix("The connection to the server h:1 was refused"))
        let coloured = frame(view([], trouble: lost), style: Style(isColored: true, hasSymbols: true))
        #expect(coloured[1].hasPrefix("\u{1B}[31m✗ The connection"))
        #expect(frame(view([row("a")], isStormy: true))[1].hasPrefix("storm: "))
        var lagging = view([row("a")])
        lagging.isLagging = true
        #expect(frame(lagging)[1].hasPrefix("the controller lags: "))
    }

    @Test func whatIsReadIsCounted() {
        var reading = view([])
        reading.isSynced = false
        reading.count = 0
        #expect(frame(reading)[1] == "reading Rollouts")
        reading.count = 1500
        #expect(frame(reading)[1] == "reading Rollouts: 1500")
        #expect(frame(reading, total: 9000)[1] == "reading Rollouts: 1500 of about 9000")
    }

    @Test func aTerminalWithoutUnicodeGetsNone() {
        var style = Style(isColored: false)
        style.hasUnicode = false
        let long = String(repeating: "why ", count: 40)
        let lines = frame(view([row("web", state: long)]), recent: [long], style: style)
        #expect(lines.dropFirst().allSatisfy { $0.allSatisfy(\.isASCII) })
        #expect(lines.filter { $0.hasSuffix("...") }.count == 1)
        let progress = Progress.reading(count: 1_000_000, total: nil)
        #expect(progress.text(elapsed: .zero, width: 20, ellipsis: "...") == "reading Rollouts:...")
        #expect("long".fitted(to: 2, ellipsis: "...") == "..")
    }

    @Test func whatIsSaidOnStderrIsKeptForThePage() {
        let recent = RecentLines()
        recent.add("warning: one\nhint: two\n")
        recent.add("e\u{1B}[2J")
        #expect(recent.lines == ["warning: one", "hint: two", "e^[[2J"])
        for number in 0..<60 { recent.add("\(number)") }
        #expect(recent.lines.count == 50 && recent.lines.last == "59")
    }

    @Test func nothingFromTheClusterReachesTheTerminalRaw() {
        let hostile = row("web", state: "\u{1B}]0;owned\u{07}\nnext")
        let text = frame(view([hostile])).joined()
        #expect(!text.contains("\u{1B}") && !text.contains("\u{07}"))
    }

    /// A recovery gives the step, its duration and the evicted pods; null if unknown.
    @Test func aRecoveryTellsWhatItTook() {
        var change = Change(.recovered, RolloutID(namespace: "shop", name: "web"), message: "Healthy")
        let start =
            #"{"ts":"2026-03-01T12:00:00Z","type":"RECOVERED","namespace":"shop","name":"web","diagnosis":null,"#
        let middle = start + #""gate":null,"action":null,"message":"Healthy","#
        #expect(ChangeLine.json(change, at: now) == middle + #""by":null,"seconds":null,"evicted":null}"#)
        change.recovery = .init(by: .refresh, duration: .seconds(2), evicted: 0)
        #expect(ChangeLine.json(change, at: now) == middle + #""by":"refresh","seconds":2,"evicted":0}"#)
    }

    @Test func aChangeIsALineForPeopleAndAnObjectForPrograms() {
        let change = Change(
            .skipped, RolloutID(namespace: "shop", name: "web"), uid: "u", diagnosis: .stuck, gate: .coolDown,
            message: "not \"yet\"\u{1B}")
        #expect(
            ChangeLine.text(change, at: now, style: Style(isColored: false))
                == "2026-03-01T12:00:00Z  SKIPPED    shop/web  stuck (cool-down)  not \"yet\"^[")
        #expect(
            ChangeLine.json(change, at: now) == """
                {"ts":"2026-03-01T12:00:00Z","type":"SKIPPED","namespace":"shop","name":"web","diagnosis":"stuck",\
                "gate":"cool-down","action":null,"message":"not \\"yet\\"\\u001b"}
                """)
        #expect(
            ChangeLine.json(Change(.error, message: "lost"), at: now) == """
                {"ts":"2026-03-01T12:00:00Z","type":"ERROR","namespace":null,"name":null,"diagnosis":null,"gate":null,"action":null,\
                "message":"lost"}
                """)
    }
}

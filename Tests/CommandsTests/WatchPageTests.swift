import ArgumentParser
import Formats
import Testing

@testable import Commands
@testable import RolloutHeal
@testable import Rollouts

@Suite struct WatchPageTests {
    private typealias Page = PageStage

    private let mixed = Page.view(
        [
            Page.row("a-stuck"), Page.row("b-broken", .unavailable, ready: 0), Page.row("c-stale", .stale),
            Page.row("d-pending", .restartPending, phase: Health.progressing), Page.row("e-old", .oldPods),
        ],
        others: [
            Page.row("f-crash", nil, state: "quota", ready: 1), Page.row("g-aborted", .aborted),
            Page.row("h-update", .updating, phase: Health.progressing),
        ])

    // MARK: Groups

    /// A thousand changes at once are all noted, but the list is rebuilt only with the next view.
    @Test func aStormThatEndsIsShownAtOnce() {
        var stage = Page(Page.view(Page.many(1000)))
        for row in stage.page.view?.rows ?? [] {
            stage.page.saw(Change(.recovered, row.id, message: "Healthy"), at: Page.now)
        }
        #expect(stage.page.rows.count == 1000)
        stage.page.update(Page.view([]))
        #expect(stage.page.healed.count == 1000)
        #expect(stage.frame.contains { $0.hasPrefix("HEALED (1000)") })
    }

    @Test func groupsNameThemselvesWorstFirst() {
        var stage = Page(mixed)
        #expect(
            stage.frame.filter { !$0.isEmpty }.dropLast(2) == [
                "rollout-heal watch · prod",
                "200 Rollouts, 5 in trouble, 2 Degraded for other reasons, 1 in progress",
                "  NAMESPACE   NAME        READY   DIAGNOSIS         FOR   STATE",
                "BROKEN (2): pods are not available",
                "> shop        b-broken    0/5     unavailable       60m   a restart may heal it",
                "  shop        f-crash     1/5     Degraded          60m   quota",
                "FIXABLE (2): a refresh or a restart can help",
                "  shop        a-stuck     5/5     stuck             60m   a restart may heal it",
                "  shop        c-stale     5/5     stale             60m   a restart may heal it",
                "WAITING (1): under way, or paused",
                "  shop        d-pending   5/5     restart-pending   60m   a restart may heal it",
                "OTHER (2): for other reasons: see explain",
                "  shop        e-old       5/5     old-pods          60m   a restart may heal it",
                "  shop        g-aborted   5/5     aborted           60m   a restart may heal it",
            ])
        #expect(stage.frame.suffix(2).first == "shop/b-broken: a restart may heal it")
        #expect(!stage.names.contains("h-update"))
        stage.type("a")
        #expect(stage.names.contains("h-update"))
        stage.type("a")
        #expect(!stage.names.contains("h-update"))
    }

    @Test func coloursFollowTheGroupAndAreNeverTheOnlySign() {
        let frame = Page(mixed, takesKeys: false, style: Style(isColored: true)).frame
        func line(_ text: String) -> String { frame.first { $0.contains(text) } ?? "" }
        #expect(line("BROKEN").hasPrefix("\u{1B}[1m\u{1B}[31mBROKEN"))
        #expect(line("FIXABLE").hasPrefix("\u{1B}[1m\u{1B}[33mFIXABLE"))
        #expect(line("WAITING").hasPrefix("\u{1B}[1mWAITING") && line("OTHER").hasPrefix("\u{1B}[1mOTHER"))
        #expect(line("b-broken").contains("\u{1B}[31munavailable"))
        #expect(line("a-stuck").contains("\u{1B}[33mstuck"))
        #expect(!line("d-pending").contains("\u{1B}") && !line("g-aborted").contains("\u{1B}"))
    }

    /// The page never says "all Healthy" if a Rollout is Degraded, whether or not its row is kept.
    @Test func nothingDegradedIsEverAnAllClear() {
        var view = Page.view([], others: [Page.row("f-crash", nil, ready: 1)])
        #expect(Page(view).frame[1] == "200 Rollouts, 1 Degraded for other reasons")
        #expect(Page(view).names == ["f-crash"])
        view.others = []
        let coloured = Page(view, style: Style(isColored: true)).frame[1]
        #expect(coloured == "200 Rollouts, 1 Degraded for other reasons")
    }

    // MARK: Selection and scrolling

    @Test func theSelectionMovesAndStaysOnItsRollout() {
        var stage = Page(mixed)
        #expect(stage.marked == "b-broken")
        stage.press(.down, .down)
        #expect(stage.marked == "a-stuck")
        stage.type("jk")
        #expect(stage.marked == "a-stuck")
        // Another Rollout breaks: the selection stays on its own.
        var rows = mixed.rows
        rows.append(Page.row("z-broken", .unavailable))
        stage.page.update(Page.view(rows))
        #expect(stage.marked == "a-stuck")
        // The selected Rollout is gone: the one at its index is selected.
        stage.page.update(Page.view(rows.filter { $0.id.name != "a-stuck" }))
        #expect(stage.marked == "c-stale")
        stage.press(.end)
        #expect(stage.marked == "e-old")
        stage.press(.down, .pageDown)
        #expect(stage.marked == "e-old")
        stage.press(.home, .up, .pageUp)
        #expect(stage.marked == "b-broken")
        // A selection of the first row stays at the first row.
        stage.page.update(Page.view([Page.row("a-broken", .unavailable)] + rows))
        #expect(stage.marked == "a-broken")
        stage.page.update(Page.view([]))
        stage.press(.down, .up, .end, .enter)
        #expect(stage.marked == nil)
    }

    @Test(arguments: [(80, 24), (40, 10), (120, 40), (80, 6)])
    func fiveHundredRowsScroll(columns: Int, lines: Int) {
        var stage = Page(Page.view(Page.many(500)), columns: columns, rows: lines, recent: ["one", "two"])
        var seen: Set<String> = []
        for step in 0..<500 {
            defer { stage.press(.down) }
            // Visits every row, but checks only some frames, to save time.
            if let selection = stage.page.selection { seen.insert(selection.name) }
            guard step < 40 || step % 23 == 0 || step > 490 else { continue }
            let frame = stage.frame
            #expect(frame.count <= lines && frame.allSatisfy { $0.displayWidth < columns }, "step \(step)")
            guard frame.count(where: { $0.hasPrefix("> ") }) == 1 else {
                Issue.record("step \(step): \(frame.joined(separator: "\n"))")
                return
            }
            // If there is room, the group's name is above its first visible row.
            if lines > 6 { #expect(frame.contains { $0.hasPrefix("BROKEN") || $0.hasPrefix("FIXABLE") }) }
            #expect(stage.marked == stage.page.selection?.name)
        }
        #expect(seen.count == 500)
        #expect(stage.page.selectedIndex == 499)
        stage.press(.home)
        #expect(stage.page.top == (lines > 6 ? 0 : 1))
        var pages = 0
        while stage.page.selectedIndex < 499, pages < 500 {
            stage.press(.pageDown)
            pages += 1
        }
        #expect(pages > 1 && pages < 500)
        #expect(stage.frame.contains("(end)") || lines < 10)
        stage.press(.home)
        #expect(stage.frame.contains { $0.hasPrefix("and ") && $0.hasSuffix(" more") } || lines < 10)
    }

    @Test func aPageThatGetsSmallerKeepsTheSelectionInSight() {
        var stage = Page(Page.view(Page.many(100)), columns: 120, rows: 40)
        for _ in 0..<60 { stage.press(.down) }
        let marked = stage.marked
        for (columns, rows) in [(80, 24), (40, 10), (200, 50)] {
            stage.page.resize(.init(columns: columns, rows: rows), recent: [])
            #expect(stage.marked == marked, "\(columns)x\(rows)")
        }
    }

    /// Messages are wrapped, and the last one is shown to its end if there is room.
    @Test func recentLinesAreWrappedAndTheLastIsWhole() {
        let refusal =
            "12:00:00 rollout.argoproj.io/web skipped (unavailable: only 2 of 5 pods are available; fix the pods)"
        let frame = Page(mixed, recent: ["12:00:00 FOUND", refusal], takesKeys: false).frame
        #expect(
            frame.suffix(3) == [
                "12:00:00 FOUND", "12:00:00 rollout.argoproj.io/web skipped (unavailable: only 2 of 5 pods are",
                "  available; fix the pods)",
            ])
        let small = Page(mixed, columns: 40, rows: 10, recent: ["12:00:00 FOUND", refusal], takesKeys: false).frame
        #expect(small.suffix(2).first == "12:00:00 rollout.argoproj.io/web")
        #expect(small.last?.hasSuffix("…") == true && small.count == 10)
        #expect(Page(mixed, rows: 6, recent: [refusal]).frame.allSatisfy { !$0.hasPrefix("12") })
    }

    // MARK: Filter

    @Test func theFilterTakesNamespaceNameAndDiagnosis() {
        var stage = Page(mixed)
        stage.type("/STALE")
        #expect(stage.names == ["c-stale"])
        #expect(stage.frame.last == "/STALE_ (1 of 7)")
        stage.press(.enter)
        #expect(stage.frame.last == "/STALE (1 of 7, Esc clears)")
        #expect(stage.frame[1].hasPrefix("200 Rollouts, 5 in trouble"))
        stage.press(.escape)
        // The Rollout selected under the filter stays selected.
        #expect(stage.names.count == 7 && stage.marked == "c-stale")
        stage.type("/shop/g")
        #expect(stage.names == ["g-aborted"])
        stage.press(.backspace, .backspace, .backspace, .backspace, .backspace, .backspace, .backspace)
        #expect(stage.names.count == 7)
        stage.type("broken")
        #expect(stage.names == ["b-broken", "f-crash"])
        stage.press(.down)
        #expect(stage.marked == "f-crash")
        stage.type("/q")
        #expect(stage.names.isEmpty && stage.frame.contains(#"No row matches "brokenq"."#))
        stage.press(.escape)
        #expect(stage.names.count == 7)
        stage.type("/" + String(repeating: "x", count: 1000))
        #expect(stage.page.filter.count == 100)
    }

    // MARK: Steps

    @Test func stepsAreAskedForOneAtATime() {
        var stage = Page(mixed)
        stage.press(.down, .down)
        #expect(stage.type("r") == .refresh(Page.id("a-stuck")))
        #expect(stage.frame.last == "shop/a-stuck: it is read twice, 5 seconds apart, and then refreshed")
        #expect(stage.frame.contains { $0.hasPrefix("> ") && $0.hasSuffix("a step is under way") })
        #expect(stage.type("r") == nil)
        #expect(stage.frame.last == "shop/a-stuck: a step is under way")
        stage.press(.down)
        #expect(stage.type("r") == .refresh(Page.id("c-stale")))
        stage.page.end(Page.id("a-stuck"))
        stage.press(.up)
        #expect(!stage.frame.contains { $0.hasPrefix("> ") && $0.hasSuffix("a step is under way") })
        #expect(stage.type("R") == .planRestart(Page.id("a-stuck")))
        #expect(stage.frame.last == "shop/a-stuck: reading what a restart would evict")
        stage.page.end(Page.id("a-stuck"))
        #expect(stage.type("q") == .quit)
    }

    @Test func aRestartIsAskedAboutWithItsPods() {
        var stage = Page(mixed, columns: 120)
        let question = RestartQuestion(id: Page.id("a-stuck"), pods: 5, refreshesFirst: true)
        stage.page.ask(question)
        #expect(
            stage.frame.last == "Restart shop/a-stuck? (a refresh comes first; if it does not help, a restart evicts 5 "
                + "pods, one after the other) [y/N]")
        #expect(stage.type("n") == nil)
        #expect(stage.frame.last == "Nothing was restarted.")
        for key in [Key.enter, .escape, .character("q"), .character("Y")] {
            stage.page.ask(question)
            let command = stage.press(key)
            #expect(command == (key == .character("Y") ? .restart(Page.id("a-stuck")) : nil))
        }
        // While help is open, no question is shown, and y does not answer one.
        stage.type("?")
        stage.page.ask(question)
        #expect(stage.type("y") == nil)
        #expect(
            RestartQuestion(id: Page.id("a"), pods: 1, refreshesFirst: false).text
                == "Restart shop/a? (it evicts 1 pod) [y/N]")
        // The question is visible on a page of any size.
        for (columns, rows) in [(80, 24), (40, 10), (20, 12)] {
            var small = Page(mixed, columns: columns, rows: rows)
            small.page.ask(question)
            #expect(small.frame.count <= rows)
            #expect(small.frame.joined(separator: " ").hasSuffix("[y/N]"), "\(columns)x\(rows)")
        }
        var tiny = Page(mixed, columns: 10, rows: 3)
        tiny.page.ask(question)
        #expect(tiny.type("y") == nil)
    }

    // MARK: Panes

    @Test func explainIsAPaneThatScrollsAndCloses() {
        var stage = Page(mixed, columns: 40, rows: 10)
        #expect(stage.press(.enter) == .explain(Page.id("b-broken")))
        #expect(stage.frame.contains("reading..."))
        // An explanation of another Rollout is ignored.
        stage.page.explained(Page.id("other"), ["wrong"])
        #expect(!stage.frame.contains("wrong"))
        let lines =
            ["Name:         web", "Diagnosis:    " + String(repeating: "word ", count: 20)]
            + (0..<30).map { "line \($0)" }
        stage.page.explained(Page.id("b-broken"), lines)
        #expect(stage.frame.contains("Name:         web") && !stage.frame.contains("line 29"))
        #expect(stage.frame.allSatisfy { $0.displayWidth < 40 } && stage.frame.count <= 10)
        stage.press(.end)
        #expect(stage.frame.contains("line 29"))
        stage.press(.up)
        #expect(!stage.frame.contains("line 29"))
        stage.press(.home, .pageUp, .pageDown, .character("j"))
        #expect(!stage.frame.contains("Name:         web"))
        #expect(stage.type("q") == nil)
        #expect(stage.marked == "b-broken")
        stage.page.explained(Page.id("b-broken"), lines)
        #expect(stage.marked == "b-broken")
        stage.press(.enter, .escape)
        #expect(stage.marked == "b-broken")
    }

    @Test func theKeysAreInOneTable() {
        var stage = Page(mixed)
        stage.type("?")
        for entry in PageKeys.all {
            #expect(stage.frame.contains { $0.contains(entry.keys) && $0.contains(entry.meaning) })
        }
        stage.type("?")
        #expect(stage.marked == "b-broken")
        let help = WatchCommand.helpMessage(columns: 200)
        for line in PageKeys.lines { #expect(help.contains(line)) }
        #expect(stage.frame.last == "q quit · ? help · Enter explain · r refresh · R restart · / filter · a all")
        #expect(Page(mixed, columns: 20).frame.last?.contains("? help") == true)
    }

    // MARK: Healed Rollouts

    @Test func whatHealedStaysForFiveMinutes() {
        var stage = Page(mixed)
        var change = Change(.recovered, Page.id("c-stale"), message: "Healthy")
        change.recovery = .init(by: .refresh, duration: .seconds(1), evicted: 0)
        stage.page.saw(change, at: Page.now)
        stage.page.heal(Page.id("a-stuck"), by: .restart, at: Page.now)
        // A recovery without a remedy does not replace a known one.
        stage.page.saw(Change(.recovered, Page.id("a-stuck"), message: "Healthy"), at: Page.now)
        stage.page.saw(Change(.recovered, Page.id("e-old"), message: "Healthy"), at: Page.now)
        let rest = mixed.rows.filter { !["a-stuck", "c-stale", "e-old"].contains($0.id.name) }
        stage.page.update(Page.view(rest, now: Page.now.advanced(by: .seconds(240))))
        let frame = stage.frame
        #expect(frame[1].hasSuffix(", 3 healed"))
        let start = frame.firstIndex { $0 == "HEALED (3): in the last 5 minutes" } ?? 0
        #expect(frame[start + 1] == "  shop        a-stuck     5/5     Healthy           4m    healed by a restart")
        #expect(frame[start + 2] == "  shop        c-stale     5/5     Healthy           4m    healed by a refresh")
        #expect(frame[start + 3] == "  shop        e-old       5/5     Healthy           4m    healed by itself")
        #expect(
            PageSummary.end(of: stage.page)
                == "Healed: 1 by a refresh, 1 by a restart, 1 without rollout-heal. Given up: 0. Still in trouble: 2.\n"
        )
        // A Rollout in trouble again is not listed as healed.
        stage.page.saw(Change(.found, Page.id("a-stuck"), message: ""), at: Page.now)
        stage.page.update(Page.view(rest, now: Page.now.advanced(by: .seconds(299))))
        #expect(stage.names.contains("c-stale") && !stage.names.contains("a-stuck"))
        stage.page.update(Page.view(rest, now: Page.now.advanced(by: .seconds(300))))
        #expect(!stage.names.contains("c-stale"))
        #expect(stage.page.healed.count == 3)
    }

    @Test func theEndCountsWhatIsLeft() {
        var view = mixed
        view.givenUp = 1
        #expect(
            PageSummary.end(of: Page(view).page)
                == "Healed: 0 by a refresh, 0 by a restart. Given up: 1. Still in trouble: 5, 2 Degraded for other reasons.\n"
        )
        #expect(PageSummary.end(of: Page().page) == nil)
        view.isSynced = false
        #expect(PageSummary.end(of: Page(view).page) == nil)
    }
}

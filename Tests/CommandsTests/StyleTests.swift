import Rollouts
import TestSupport
import Testing

@testable import Commands

@Suite struct StyleTests {
    private let stage = Stage([
        .rollout("cart"), .rollout("paused", spec: ["paused": true]), .rollout("well", status: ["phase": "Healthy"]),
    ])

    @Test func onATerminalSymbolsStandBesideTheWords() async {
        let run = await stage.run("list --all", isTerminal: true, variables: ["LANG": "en_US.UTF-8"])
        #expect(
            run.out == """
                NAME     PHASE        READY   DIAGNOSIS   FOR   LAST-RESTART
                cart     \u{1B}[31m✗ Degraded\u{1B}[0m   5/5     \u{1B}[31m✗ stuck\u{1B}[0m     60m   -
                paused   \u{1B}[31m✗ Degraded\u{1B}[0m   5/5     \u{1B}[36m= paused\u{1B}[0m    60m   -
                well     \u{1B}[32m✓ Healthy\u{1B}[0m    5/5     -           60m   -

                """)
        let explained = await stage.run("explain cart", isTerminal: true, variables: ["LC_ALL": "C.utf8"])
        #expect(explained.out.contains("Phase:        \u{1B}[31m✗ Degraded\u{1B}[0m\n"))
    }

    @Test(arguments: [
        ("list --all --color never", ["LANG": "de_DE.UTF-8"], true),
        ("list --all", ["LANG": "de_DE.UTF-8", "NO_COLOR": "1"], true),
        ("list --all", ["LANG": "de_DE.UTF-8", "LC_ALL": ""], true),
        ("list --all", ["LANG": "de_DE.UTF-8", "LC_ALL": "C"], false),
        ("list --all", [:], false), ("list --all", ["LANG": "de_DE"], false),
        ("list --all", ["LANG": "de_DE.UTF-8", "TERM": "dumb"], false),
    ])
    func symbolsNeedATerminalThatCanShowThem(line: String, variables: [String: String], hasSymbols: Bool) async {
        let run = await stage.run(line, isTerminal: true, variables: variables)
        #expect(run.out.contains("✗ Degraded") == hasSymbols)
        #expect(run.out.contains("Degraded"))
    }

    /// Only a variable that is set and not empty counts (no-color.org).
    @Test func anEmptyVariableForbidsNoColour() async {
        #expect(await stage.run("list", isTerminal: true, variables: ["NO_COLOR": ""]).out.contains("\u{1B}[31m"))
        #expect(await !stage.run("list", isTerminal: true, variables: ["NO_COLOR": "0"]).out.contains("\u{1B}"))
    }

    @Test func whatProgramsReadHasNeither() async {
        let locale = ["LANG": "en_US.UTF-8"]
        let plain = await stage.run("list --all", variables: locale).out
        #expect(plain.allSatisfy { $0.isASCII })
        #expect(plain.contains("cart     Degraded   5/5     stuck       60m   -\n"))
        for format in ["json", "yaml", "name"] {
            let run = await stage.run("list --all -o \(format) --color always", isTerminal: true, variables: locale)
            #expect(run.out.allSatisfy { $0.isASCII } && !run.out.contains("\u{1B}"))
        }
        #expect(await stage.run("list --color always", variables: locale).out.contains("\u{1B}[31m✗ stuck"))
    }

    /// Red, yellow, cyan and green each have their own symbol, for readers who cannot tell them apart.
    @Test func noTwoColoursShareASymbol() {
        let marks =
            Diagnosis.allCases.map { Style.mark(of: $0) }
            + ["Healthy", "Degraded", "Progressing", "Paused"].compactMap { Style.mark(ofPhase: $0) }
        let bySymbol = Dictionary(grouping: marks, by: \.symbol).mapValues { Set($0.map(\.color)) }
        #expect(bySymbol.values.allSatisfy { $0.count == 1 })
        #expect(marks.allSatisfy { $0.symbol.displayWidth == 1 })
        #expect(Style.mark(ofPhase: "Unknown") == nil)
    }
}

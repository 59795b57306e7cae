import ArgumentParser
import KubeConfig
import TestSupport
import Testing

@testable import Commands

/// `-o jsonpath=…`, `-o custom-columns=…`, `--sort-by` and `-w`, as in kubectl.
@Suite struct ListOutputTests {
    private let stage = Stage([
        .rollout("web-10"), .rollout("web-9", namespace: "stage"), .rollout("paused", spec: ["paused": true]),
    ])

    /// Runs the program with `words` as a shell passes them, without quotes.
    private func run(_ words: String...) async -> (status: Int32, out: String, err: String) {
        await stage.run(words: words)
    }

    @Test func jsonPathIsFilledFromWhatJSONShows() async {
        let template = #"{range .items[*]}{.namespace}/{.name}{"\n"}{end}"#
        let run = await run("list", "-A", "-o", "jsonpath=" + template)
        #expect(run == (0, "shop/paused\nshop/web-10\nstage/web-9\n", ""))
        let stuck = await self.run("list", "-A", #"-ojsonpath={.items[?(@.diagnosis=="stuck")].name}"#)
        #expect(stuck.out == "web-10 web-9")
        let none = await self.run("list", "-n", "other", "--output=jsonpath=<{.items[*].name}>")
        #expect(none == (0, "<>", ""))
        #expect(await self.run("list", "-A", "-o", "jsonpath={.nosuch}{.items[*].nosuch}") == (0, "", ""))
    }

    @Test func whatJSONPathPrintsIsTakenAsNames() async {
        let names = await run("list", "-A", "-o", #"jsonpath={range .items[*]}{.namespace}/{.name}{"\n"}{end}"#).out
        let words = names.split(separator: "\n").map(String.init)
        let run = await stage.run(words: ["list"] + words + ["-o", "name"])
        #expect(run.status == 0 && run.out.split(separator: "\n").count == 3, "\(run)")
    }

    @Test(arguments: [
        ("jsonpath={.items[0", "error: error parsing jsonpath {.items[0: unterminated array at character 8\n", 2),
        ("jsonpath={foo}", "error: error parsing jsonpath {foo}: unrecognized identifier foo at character 2\n", 2),
        ("jsonpath=", "error: template format specified but no template given\n", 2),
        ("jsonpath", "error: template format specified but no template given\n", 2),
        ("custom-columns=", "error: custom-columns format specified but no custom columns given\n", 2),
        (
            "custom-columns=NAME",
            "error: unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>\n", 2
        ),
        (
            "custom-columns=A:.name,B:.gates[",
            "error: error parsing jsonpath .gates[: unterminated array at character 7\n", 2
        ),
        (
            "jsonpath={.items[9].name}",
            "error: error executing jsonpath {.items[9].name}: array index out of bounds: index 9, length 3 at character 9\n",
            1
        ),
    ])
    func faultsNameThePosition(format: String, error: String, status: Int32) async {
        let run = await run("list", "-A", "-o", format)
        #expect(run == (status, "", error))
    }

    @Test func customColumnsAreATable() async {
        let columns = "NAME:.name,DESIRED:{.replicas.desired},NONE:.restartAt,GATES:.gates[0,1].gate"
        let run = await run("list", "-A", "-o", "custom-columns=" + columns)
        #expect(
            run.out == """
                NAME     DESIRED   NONE     GATES
                paused   5         <none>   opt-out,deleting
                web-10   5         <none>   opt-out,deleting
                web-9    5         <none>   opt-out,deleting

                """)
        let bare = await self.run("list", "--no-headers", "-o", "custom-columns=N:.name,R:.replicas,X:.nosuch")
        #expect(
            bare.out == """
                paused   map[available:5 desired:5 ready:5 total:5]   <none>
                web-10   map[available:5 desired:5 ready:5 total:5]   <none>

                """)
        let none = await self.run("list", "-n", "other", "-o", "custom-columns=N:.name")
        #expect(none == (0, "", "No Rollout needs healing in other namespace.\n"))
    }

    @Test(arguments: [
        (".name", ["paused", "web-9", "web-10"]), ("{.namespace}", ["paused", "web-10", "web-9"]),
        ("diagnosis", ["paused", "web-10", "web-9"]), ("restartAt", ["paused", "web-10", "web-9"]),
    ])
    func rowsAreSortedByAField(path: String, names: [String]) async {
        for format in ["name", "jsonpath={range .items[*]}rollout.argoproj.io/{.name}{\"\\n\"}{end}"] {
            let run = await run("list", "-A", "-o", format, "--sort-by", path)
            #expect(run == (0, names.map { "rollout.argoproj.io/\($0)\n" }.joined(), ""))
        }
        let table = await self.run("list", "-A", "--no-headers", "--sort-by=\(path)").out
        #expect(table.split(separator: "\n").map { $0.split(separator: " ")[1] } == names.map { Substring($0) })
    }

    @Test func aFieldThatNobodyHasIsRefused() async {
        let run = await run("list", "-A", "--sort-by=.metadata.name")
        #expect(run.status == 2 && run.out.isEmpty)
        #expect(
            run.err.hasPrefix(
                "error: invalid value \".metadata.name\" for --sort-by: no Rollout has that field; "
                    + "the fields of -o json are namespace, name, uid, "))
        let bad = await self.run("list", "--sort-by={.name")
        #expect(bad.status == 2 && bad.err.contains("at character 1\n"))
    }

    @Test func digitsSortAsNumbers() {
        #expect("web-9".isNaturallyLess(than: "web-10") && !"web-10".isNaturallyLess(than: "web-9"))
        #expect(
            "a007b".isNaturallyLess(than: "a8") && "a".isNaturallyLess(than: "a0") && !"a".isNaturallyLess(than: "a"))
        #expect("a01".isNaturallyLess(than: "a1") != "a1".isNaturallyLess(than: "a01"))
    }

    @Test func onATerminalValuesCannotDriveIt() async {
        let message = "evil \u{1B}[2J"
        let stage = Stage([.rollout("web", status: ["message": "ProgressDeadlineExceeded: \(message)"])])
        let words = ["list", "--all", "-o", #"jsonpath={.items[*].message}{"\n"}"#]
        #expect(await stage.run(words: words).out.contains(message))
        let run = await stage.run(words: words, isTerminal: true)
        #expect(run.out.contains("^[[2J\n") && !run.out.contains("\u{1B}"))
    }

    @Test(arguments: [
        "-f x", "--contexts a", "--all", "--exit-code", "--sort-by .name", "--fresh", "--no-headers", "web", "-o wide",
    ])
    func whatWatchingCannotBeIsRefused(rest: String) async {
        let run = await stage.run("list -w \(rest)")
        #expect(run.status == 2 && run.err.contains("--watch"), "\(run)")
    }

    @Test func watchingIsTheCommandWatch() throws {
        let words = try ArgumentNormalizer.normalize(
            ["list", "-Aw", "-l", "app=web", "-o", "json", "--context", "c", "--color=never"],
            commands: RootCommand.commands)
        let list = try #require(try RootCommand.parseAsRoot(words) as? ListCommand)
        let watch = try list.watching()
        #expect(watch.scope.allNamespaces && watch.scope.selector == "app=web" && watch.output == "json")
        #expect(watch.connection.flags.context == "c" && watch.color == .never && watch.heal == nil)
    }
}

import Formats
import ArgumentParser
import KubeConfig
import Rollouts
import Testing

@testable import Commands

@Suite struct ArgumentNormalizerTests {
    /// `--all=false` removes earlier `--all` switches, but not `--all` as the value of another flag.
    @Test func aValueThatIsTheNameOfAFlagStays() throws {
        let normal = try ArgumentNormalizer.normalize(
            ["list", "-s", "--all", "--all", "--all=false"], commands: ["list"])
        #expect(normal == ["list", "--server", "--all"])
    }

    @Test(arguments: [
        ("list -nshop", "list --namespace shop"),
        ("list -n=shop", "list --namespace shop"),
        ("list -n shop", "list --namespace shop"),
        ("-n shop list", "list --namespace shop"),
        ("list --namespace=", "list --namespace "),
        ("list -Ao json", "list --all-namespaces --output json"),
        ("list -Aojson", "list --all-namespaces --output json"),
        ("list -A=true", "list --all-namespaces"),
        ("list -A --all-namespaces=false", "list"),
        ("list --all=1 --exit-code=T", "list --all --exit-code"),
        ("list -l a=b,c!=d", "list --selector a=b,c!=d"),
        ("list -n --all", "list --namespace --all"),
        ("list a b", "list -- a b"),
        ("list a -A -- -b", "list --all-namespaces -- a -b"),
        ("restart --dry-run=client web", "restart --dry-run client -- web"),
        ("watch --heal -A", "watch --heal all --all-namespaces"),
        ("watch --heal=refresh", "watch --heal refresh"),
        ("watch --heal=true", "watch --heal all"),
        ("watch --heal --heal=false -A", "watch --all-namespaces"),
        ("watch --heal refresh", "watch --heal all -- refresh"),
        ("--help", "--help"),
        ("--version", "version"),
        ("help list", "help list"),
    ])
    func kubectlsNotationBecomesTheParsers(typed: String, expected: String) throws {
        let words = typed.split(separator: " ").map(String.init)
        #expect(
            try ArgumentNormalizer.normalize(words, commands: RootCommand.commands).joined(separator: " ") == expected)
    }

    @Test func theLastValueCounts() throws {
        let words = try ArgumentNormalizer.normalize(
            ["list", "-n", "a", "-n", "b", "--as-group", "x", "--as-group", "y"], commands: RootCommand.commands)
        let command = try #require(try RootCommand.parseAsRoot(words) as? ListCommand)
        #expect(command.connection.flags.namespace == "b")
        #expect(command.connection.flags.impersonatedGroups == ["x", "y"])
    }

    /// The flag table, used by completion and normalisation, must match the parser.
    @Test func theTableKnowsWhatTheParserKnows() throws {
        let commands = try #require(CommandInfo.root?.subcommands).filter { $0.commandName != "help" }
        #expect(
            commands.map(\.commandName) == [
                "list", "explain", "heal", "watch", "refresh", "restart", "doctor", "version", "completions", "options",
            ])
        var seen: Set<String> = []
        for argument in commands.flatMap({ $0.arguments ?? [] }) where argument.kind != "positional" {
            for name in argument.names ?? [] where name.kind == "long" {
                seen.insert(name.name)
                let flag = try #require(FlagTable.flag(name.name), "\(name.name)")
                #expect((flag.kind == .switched) == (argument.kind == "flag"), "\(name.name)")
            }
            for name in argument.names ?? [] where name.kind == "short" {
                let flag = try #require(FlagTable.flag(short: Character(name.name)))
                #expect(argument.names?.contains { $0.kind == "long" && $0.name == flag.name } ?? false)
            }
        }
        #expect(Set(FlagTable.flags.map(\.name)).subtracting(seen) == ["version"])
    }

    @Test(arguments: [
        ("web", "here/web" as String?), ("rollout/web", "here/web"), ("ro/web", "here/web"),
        ("rollouts.argoproj.io/web", "here/web"), ("rollout.argoproj.io/web", "here/web"), ("shop/web", "shop/web"),
        ("rollout.argoproj.io/shop/web", "shop/web"), ("rollout/rollout", "here/rollout"), ("a/b/c", nil), ("", nil),
        ("rollout/", nil), ("/web", nil), ("Shop/web", nil), ("rollout/a/b/c", nil),
    ])
    func namesMayCarryTheirKindAndNamespace(text: String, path: String?) {
        let id = try? ScopeOptions.rolloutID(text, in: "here")
        #expect(id.map { "\($0.namespace)/\($0.name)" } == path)
    }
}

@Suite struct NearestWordTests {
    private let words = RootCommand.commands

    @Test(arguments: [
        ("ilst", "list" as String?), ("lst", "list"), ("heel", "heal"), ("restrat", "restart"), ("wacth", "watch"),
        ("exp", "explain"), ("comp", "completions"), ("get", nil), ("delete", nil), ("", nil), ("x", nil),
        ("mend", nil),
    ])
    func commands(text: String, word: String?) {
        #expect(NearestWord.find(text, in: words) == word)
    }

    @Test(arguments: [
        ("--contxt", "--context" as String?), ("--namesapce", "--namespace"), ("--all-namespace", "--all-namespaces"),
        ("--dryrun", "--dry-run"), ("--nonsense", nil), ("-x", nil),
    ])
    func flags(text: String, word: String?) {
        #expect(NearestWord.find(text, in: FlagTable.flags.map { "--\($0.name)" }) == word)
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "acb", 1), ("kitten", "sitting", 3)])
    func slips(left: String, right: String, count: Int) {
        #expect(NearestWord.slips(left, right) == count && NearestWord.slips(right, left) == count)
    }
}

@Suite struct AgeTests {
    @Test(arguments: [
        (-5 as Int64, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (121, "2m1s"), (599, "9m59s"),
        (600, "10m"), (10_799, "179m"), (10_800, "3h"), (11_000, "3h3m"), (28_799, "7h59m"), (28_800, "8h"),
        (172_799, "47h"), (172_800, "2d"), (176_400, "2d1h"), (691_199, "7d23h"), (691_200, "8d"), (63_071_999, "729d"),
        (63_072_000, "2y"), (63_158_400, "2y1d"), (252_288_000, "8y"), (.max, "292471208677y"),
    ])
    func asKubectlWritesIt(seconds: Int64, text: String) {
        #expect(HumanDuration.text(.seconds(seconds)) == text)
    }
}

@Suite struct ExitStatusTests {
    @Test func failedBeforeDeniedBeforeNotRecovered() {
        #expect(ExitStatus.success.combined(with: .found) == .found)
        #expect(ExitStatus.notRecovered.combined(with: .denied) == .denied)
        #expect(ExitStatus.denied.combined(with: .failed) == .failed)
        #expect(ExitStatus.failed.combined(with: .notRecovered) == .failed)
    }
}

@Suite struct HelpTests {
    @Test(arguments: ["list", "explain", "heal", "refresh", "restart", "watch"])
    func aCommandShowsItsOwnFlagsAndPointsToTheOthers(command: String) async {
        let run = await Stage([]).run("\(command) -h")
        #expect(run.out.contains("--namespace") && run.out.contains("--context"))
        #expect(!run.out.contains("--tls-server-name") && !run.out.contains("--verbose"))
        #expect(run.out.hasSuffix("\n" + ConnectionOptions.pointer + "\n"))
    }

    @Test func optionsListsEveryConnectionFlag() async {
        let run = await Stage([]).run("options")
        for flag in ConnectionFlag.all { #expect(run.out.contains("--\(flag.name)"), "\(flag.name)") }
        #expect(run.out.contains("--v level"))
    }
}

import ArgumentParser
import Testing

@testable import Commands

@Suite struct WatchFlagsTests {
    @Test(arguments: [
        "--heal=restart", "--heal=", "--heal refresh", "--qps nan", "--qps inf", "--qps many", "--qps 0.001",
        "--burst 0", "--burst -3", "--burst many", "--resync soon", "--resync -1s", "--resync 9s", "--stale-after soon",
        "--stale-after -1s", "--heal=refresh --policy rule",
    ])
    func whatCannotBeMeantIsRefused(flags: String) async {
        let run = await Stage().run("watch -A \(flags)")
        #expect(run.status == 2 && run.err.hasPrefix("error: "), "\(run.err)")
    }

    @Test func healIsAbsentAloneOrRefreshOnly() throws {
        func parsed(_ words: String) throws -> WatchCommand? {
            let words = words.split(separator: " ").map(String.init)
            return try RootCommand.parseAsRoot(
                try ArgumentNormalizer.normalize(words, commands: RootCommand.commands)) as? WatchCommand
        }
        #expect(try parsed("watch")?.heal == nil)
        #expect(try parsed("watch --heal -A")?.heal == .all)
        #expect(try parsed("watch --heal=all")?.heal == .all)
        #expect(try parsed("watch --heal=refresh -A")?.heal == .refresh)
        #expect(try parsed("watch --heal=refresh --heal=false")?.heal == nil)
        let watch = try #require(try parsed("watch"))
        #expect(watch.staleAfter == "30s" && watch.resync == "10m")
    }
}

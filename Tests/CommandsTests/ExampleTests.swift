import ArgumentParser
import Foundation
import Testing

@testable import Commands

/// The program accepts every command line shown in its help and in README.md.
@Suite struct ExampleTests {
    private static let shown = "kubectl rollout-heal "

    private func parse(_ line: String) throws {
        let end = line.firstIndex { "#>|".contains($0) } ?? line.endIndex
        let words = line[..<end].dropFirst(Self.shown.count).split(separator: " ").map {
            String($0).replacingOccurrences(of: "'", with: "")
        }
        let normalized = try ArgumentNormalizer.normalize(words, commands: RootCommand.commands)
        let command = try RootCommand.parseAsRoot(normalized)
        #expect((command as? any RunnableCommand) != nil, "\(line)")
    }

    private func examples(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            line.range(of: Self.shown).map { String(line[$0.lowerBound...]) }
        }
    }

    @Test func help() throws {
        let configurations =
            [RootCommand.configuration] + RootCommand.configuration.subcommands.map { $0.configuration }
        for configuration in configurations {
            let part = configuration.discussion.components(separatedBy: "EXAMPLES:").last ?? ""
            let examples = examples(part)
            #expect(!examples.isEmpty, "\(configuration.commandName ?? "")")
            for example in examples { try parse(example) }
        }
    }

    @Test func theTableOfCommands() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| `" + Self.shown) }
        #expect(rows.count >= 8)
        for row in rows {
            let example = row.split(separator: "`")[1].replacingOccurrences(of: "[NAME…]", with: "web")
            try parse(example)
        }
    }
}

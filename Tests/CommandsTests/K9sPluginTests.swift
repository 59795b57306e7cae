import ArgumentParser
import Documents
import Foundation
import Testing

@testable import Commands

/// The plugin file for k9s: its fields are those of k9s's schema, and the program accepts what each key runs.
@Suite struct K9sPluginTests {
    private static let fields = ["shortCut", "description", "scopes", "command", "background", "confirm", "args"]
    /// Values that k9s substitutes for its variables.
    private static let values = ["$NAME": "web", "$NAMESPACE": "shop", "$CONTEXT": "prod"]

    private func plugins() throws -> [(key: String, value: YAMLNode)] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../packaging/k9s/plugins.yaml")
        let root = try YAMLNode.firstDocument(in: Array(try Data(contentsOf: file)))
        return try #require(root["plugins"]?.pairs)
    }

    @Test func everyKeyRunsACommandThatIsThere() throws {
        let plugins = try plugins()
        #expect(plugins.count == 4)
        #expect(Set(plugins.compactMap { $0.value["shortCut"]?.string }).count == plugins.count)
        for (name, plugin) in plugins {
            let pairs = try #require(plugin.pairs)
            #expect(pairs.allSatisfy { Self.fields.contains($0.key) }, "\(name)")
            let words = try #require(plugin["args"]?.items).map { try #require($0.string) }
            #expect(Array(words.prefix(3)) == ["-c", #"kubectl-rollout_heal "$@" 2>&1 | less -R"#, "sh"])
            let arguments = words.dropFirst(3).map { Self.values[$0] ?? $0 }
            let normalized = try ArgumentNormalizer.normalize(arguments, commands: RootCommand.commands)
            #expect(try RootCommand.parseAsRoot(normalized) is any RunnableCommand, "\(name)")
            // Commands that write ask for confirmation.
            #expect((plugin["confirm"]?.bool == true) == ["heal", "refresh"].contains(arguments[0]), "\(name)")
        }
    }
}

internal import ArgumentParser
internal import FoundationEssentials

/// The command parser's own description of all commands, so that completion includes every flag.
struct CommandInfo: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }

        var kind: String
        var names: [Name]?
        var abstract: String?
        var allValues: [String]?
    }

    var commandName: String
    var abstract: String?
    var subcommands: [CommandInfo]?
    var arguments: [Argument]?

    /// The root command; nil if the parser's format has changed.
    static var root: CommandInfo? {
        struct Tool: Decodable {
            var command: CommandInfo
        }
        return try? JSONDecoder().decode(Tool.self, from: Data(RootCommand._dumpHelp().utf8)).command
    }

    func subcommand(_ name: String) -> CommandInfo? {
        subcommands?.first { $0.commandName == name }
    }

    func argument(long name: String) -> Argument? {
        arguments?.first { $0.longName == name }
    }
}

extension CommandInfo.Argument {
    var longName: String? {
        names?.first { $0.kind == "long" }?.name
    }
}

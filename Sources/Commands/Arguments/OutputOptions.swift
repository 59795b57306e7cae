internal import ArgumentParser

enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, always, never
}

/// Whether to color the output.
struct ColorOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto
}

enum OutputFormat: String, CaseIterable {
    case table = ""
    case json
    case yaml
    case name
}

/// Parses `-o`; an absent flag means the table.
///
/// - Throws: ``UsageError`` if the command does not support the format.
func outputFormat(_ text: String?, allowed: [OutputFormat]) throws(UsageError) -> OutputFormat {
    guard let text else { return .table }
    guard let format = allowed.first(where: { $0.rawValue == text }), format != .table else {
        let names = allowed.map(\.rawValue).filter { !$0.isEmpty }.sorted().joined(separator: ",")
        throw .conflict(
            "unable to match a printer suitable for the output format \"\(text)\", allowed formats are: \(names)")
    }
    return format
}

/// The output format of a command that writes.
struct ReportOption: ParsableArguments {
    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "Output format: json or name.")
    var output: String?

    func format() throws(UsageError) -> OutputFormat {
        try outputFormat(output, allowed: [.table, .json, .name])
    }
}

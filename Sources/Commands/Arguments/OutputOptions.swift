internal import ArgumentParser

enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, always, never
}

enum OutputFormat: String, CaseIterable {
    case table = ""
    case json
    case yaml
    case name
}

/// `-o`, checked against what the command can print.
func outputFormat(_ text: String?, allowed: [OutputFormat]) throws(UsageError) -> OutputFormat {
    guard let text else { return .table }
    guard let format = allowed.first(where: { $0.rawValue == text }), format != .table else {
        let names = allowed.map(\.rawValue).filter { !$0.isEmpty }.sorted().joined(separator: ",")
        throw .conflict(
            "unable to match a printer suitable for the output format \"\(text)\", allowed formats are: \(names)")
    }
    return format
}

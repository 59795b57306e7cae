internal import Documents

/// The format that `-o` of `list` selects.
enum ListFormat {
    case table
    case wide
    case json
    case yaml
    case name
    case jsonPath(Template)
    case customColumns(CustomColumns)

    /// Formats without a template, by name.
    private static let plain: [(name: String, format: ListFormat)] = [
        ("json", .json), ("name", .name), ("wide", .wide), ("yaml", .yaml),
    ]
    /// Formats with a template: `jsonpath=…`.
    private static let templated = ["custom-columns", "jsonpath"]

    /// Values for shell completion.
    static let offered = plain.map(\.name) + templated.map { "\($0)=" }

    init(_ text: String?) throws {
        guard let text else {
            self = .table
            return
        }
        if let plain = Self.plain.first(where: { $0.name == text }) {
            self = plain.format
            return
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let template = parts.count > 1 ? parts[1] : ""
        switch parts[0] {
        case "jsonpath":
            if template.isEmpty { throw UsageError.conflict("template format specified but no template given") }
            self = .jsonPath(try Template(template))
        case "custom-columns":
            if template.isEmpty {
                throw UsageError.conflict("custom-columns format specified but no custom columns given")
            }
            self = .customColumns(try CustomColumns(template))
        default:
            let names = (Self.plain.map(\.name) + Self.templated).sorted().joined(separator: ",")
            throw UsageError.conflict(
                "unable to match a printer suitable for the output format \"\(text)\", allowed formats are: \(names)")
        }
    }

    /// Whether the output is for people, who are told on stderr if nothing was found.
    var isForPeople: Bool {
        switch self {
        case .table, .wide, .name, .customColumns: true
        case .json, .yaml, .jsonPath: false
        }
    }

    /// Whether rows can be printed before all of them are known.
    var isByRow: Bool {
        switch self {
        case .table, .wide, .name: true
        case .json, .yaml, .jsonPath, .customColumns: false
        }
    }
}

/// A JSONPath whose errors become errors of the command.
struct Template: Sendable {
    private let path: JSONPath

    init(_ text: String) throws(TemplateError) {
        do throws(JSONPathError) {
            path = try JSONPath(text)
        } catch {
            throw TemplateError(text: text, fault: error)
        }
    }

    /// - Parameter text: a JSONPath whose braces may be left out.
    init(relaxed text: String) throws(TemplateError) {
        do throws(JSONPathError) {
            path = try JSONPath(relaxed: text)
        } catch {
            throw TemplateError(text: text, fault: error)
        }
    }

    var text: String { path.text }

    func filled(from root: YAMLNode, spell: (String) -> String) throws(TemplateError) -> String {
        do throws(JSONPathError) {
            return try path.filled(from: root, spell: spell)
        } catch {
            throw TemplateError(text: text, fault: error)
        }
    }

    /// All values that the path selects.
    func values(in root: YAMLNode) throws(TemplateError) -> [YAMLNode] {
        do throws(JSONPathError) {
            return try path.results(in: root).flatMap(\.self)
        } catch {
            throw TemplateError(text: text, fault: error)
        }
    }
}

/// A JSONPath that cannot be parsed or does not fit the output.
struct TemplateError: Error, Equatable {
    var text: String
    var fault: JSONPathError

    var isUsage: Bool { fault.isSyntax }

    /// The error as kubectl words it, with the position.
    var message: String {
        let verb = fault.isSyntax ? "parsing" : "executing"
        return
            "error \(verb) jsonpath \(text.safeForTerminal): \(fault.reason.safeForTerminal) at character \(fault.position)"
    }
}

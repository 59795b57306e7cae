internal import KubeConfig
internal import Rollouts

/// Colours and symbols; a word always carries the same meaning.
struct Style: Sendable {
    var isColored: Bool
    /// Whether a symbol precedes coloured text, for readers who cannot tell the colours apart.
    var hasSymbols = false
    /// Whether the terminal shows more than ASCII.
    var hasUnicode = true

    var ellipsis: String { hasUnicode ? "…" : "..." }
    /// The separator between parts of a title.
    var separator: String { hasUnicode ? " · " : " - " }

    enum Color: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    struct Mark: Equatable {
        var color: Color
        var symbol: String

        static let bad = Mark(color: .red, symbol: "✗")
        static let good = Mark(color: .green, symbol: "✓")
        static let doubtful = Mark(color: .yellow, symbol: "!")
        static let moving = Mark(color: .cyan, symbol: "↻")
        static let resting = Mark(color: .cyan, symbol: "=")
    }

    func paint(_ text: String, _ color: Color?) -> String {
        guard isColored, let color else { return text }
        return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
    }

    func bold(_ text: String) -> String {
        isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    func reversed(_ text: String) -> String {
        isColored ? "\u{1B}[7m\(text)\u{1B}[0m" : text
    }

    func cell(_ text: String, _ mark: Mark?) -> Table.Cell {
        guard let mark else { return Table.Cell(text) }
        return Table.Cell((hasSymbols ? "\(mark.symbol) " : "") + text, mark.color)
    }

    func phase(_ phase: String) -> Table.Cell {
        cell(phase.isEmpty ? "-" : phase, Self.mark(ofPhase: phase))
    }

    /// A diagnosis, and the gate that holds a restart back.
    func verdict(_ verdict: Verdict?) -> Table.Cell {
        cell(verdict?.word ?? "-", verdict.map { Self.mark(of: $0.diagnosis) })
    }

    static func mark(of diagnosis: Diagnosis) -> Mark {
        switch diagnosis.concern {
        case .controllersView, .unexplained: .bad
        case .needsPerson: .doubtful
        case .passing: .moving
        case .intended: .resting
        }
    }

    static func mark(ofPhase phase: String) -> Mark? {
        switch phase {
        case Health.healthy: .good
        case Health.degraded: .bad
        case Health.progressing: .moving
        case Health.paused: .resting
        default: nil
        }
    }
}

extension Style {
    /// Creates the style of stdout from `--color`, the terminal and the environment.
    init(_ choice: ColorChoice, _ world: World) {
        let variables = world.host.variables
        isColored = world.console.usesColor(choice, variables: variables)
        let isTerminal = world.console.isOutputTerminal && variables["TERM"] != "dumb"
        hasUnicode = Self.hasUnicode(variables)
        hasSymbols = (isTerminal || choice == .always) && hasUnicode
    }

    /// Whether the locale is UTF-8 (POSIX: the first variable that is set and not empty counts).
    static func hasUnicode(_ variables: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { variables[$0] }.first { !$0.isEmpty } ?? ""
        let lowercased = locale.lowercased()
        return lowercased.contains("utf-8") || lowercased.contains("utf8")
    }
}

extension String {
    /// Text from a cluster made safe for a terminal: cut at the first line end, control and format characters escaped.
    var safeForTerminal: String {
        var safe = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n", "\u{0C}", "\r": return safe + "..."
            case "\u{1B}": safe += "^["
            case "\t": safe += " "
            default:
                let category = scalar.properties.generalCategory
                if category == .control || category == .format || category == .surrogate {
                    safe += "\\u{" + String(scalar.value, radix: 16) + "}"
                } else {
                    safe.unicodeScalars.append(scalar)
                }
            }
        }
        return safe
    }
}

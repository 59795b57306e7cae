internal import Rollouts

/// Colour, which is never the only sign of anything.
struct Style: Sendable {
    var isColored: Bool

    enum Color: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    func paint(_ text: String, _ color: Color?) -> String {
        guard isColored, let color else { return text }
        return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
    }

    func bold(_ text: String) -> String {
        isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    static func color(of diagnosis: Diagnosis) -> Color {
        switch diagnosis {
        case .stuck: .red
        case .unavailable, .invalidSpec, .aborted, .oldPods, .unproven: .yellow
        case .restartScheduled, .restartPending, .updating, .unsettled, .paused, .scaledToZero: .cyan
        }
    }

    static func color(ofPhase phase: String) -> Color? {
        switch phase {
        case Health.healthy: .green
        case Health.degraded: .red
        case Health.progressing, Health.paused: .cyan
        default: nil
        }
    }
}

extension String {
    /// What came from a cluster, as one line that cannot drive a terminal: cut at a line end, control characters spelt.
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

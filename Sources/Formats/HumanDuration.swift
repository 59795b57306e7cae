/// Ages in kubectl's format (apimachinery `duration.HumanDuration`).
package enum HumanDuration {
    package static func text(since moment: Timestamp?, now: Timestamp) -> String {
        guard let moment else { return "-" }
        return text(now - moment)
    }

    package static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        switch seconds {
        case ..<(-1): return "<invalid>"
        case ..<0: return "0s"
        case ..<120: return "\(seconds)s"
        case ..<600: return two(minutes, "m", and: seconds % 60, "s")
        case ..<(3 * 3600): return "\(minutes)m"
        case ..<(8 * 3600): return two(hours, "h", and: minutes % 60, "m")
        case ..<(48 * 3600): return "\(hours)h"
        case ..<(8 * 86_400): return two(days, "d", and: hours % 24, "h")
        case ..<(2 * 365 * 86_400): return "\(days)d"
        case ..<(8 * 365 * 86_400): return two(days / 365, "y", and: days % 365, "d")
        default: return "\(days / 365)y"
        }
    }

    private static func two(_ large: Int64, _ largeUnit: String, and small: Int64, _ smallUnit: String) -> String {
        "\(large)\(largeUnit)" + (small == 0 ? "" : "\(small)\(smallUnit)")
    }
}

internal import Formats
internal import Rollouts

/// The progress of a long operation, as text for one line.
enum Progress: Sendable, Equatable {
    /// - Parameter total: the total that the server gives; nil if it gives none.
    case reading(count: Int, total: Int?)
    /// - Parameter waiting: contexts that have not answered, by name, with the number of Rollouts read so far.
    case clusters(answered: Int, of: Int, waiting: [Waiting])
    case restarting(done: Int, of: Int)
    case healing(done: Int, of: Int)
    /// - Parameter left: Rollouts that have neither healed nor failed, as last observed.
    case following(left: [Waiting], of: Int)

    struct Waiting: Sendable, Equatable {
        var name: String
        /// Ready and desired pods, or the number of Rollouts read; nil until known.
        var count: String?
    }

    /// The text with the elapsed time, which is never cut; at most `width` columns.
    func text(elapsed: Duration, width: Int, ellipsis: String = "…") -> String {
        let time = ", \(HumanDuration.text(elapsed))"
        return (words(width: width - time.displayWidth) + time).fitted(to: width, ellipsis: ellipsis)
    }

    private func words(width: Int) -> String {
        switch self {
        case .reading(let count, let total): Self.reading(count, of: total)
        case .clusters(_, let count, []): "\(count) of \(count) clusters have answered"
        case .clusters(let answered, let count, let waiting):
            Self.list(waiting, after: "\(answered) of \(count) clusters have answered, waiting for ", width: width)
        case .restarting(let done, let count): "restarting: \(done) of \(count) done"
        case .healing(let done, let count): "healing: \(done) of \(count) done"
        case .following([], let count): "\(count) of \(count) done"
        case .following(let left, let count):
            Self.list(left, after: "\(count - left.count) of \(count) done, waiting for ", width: width)
        }
    }

    static func reading(_ count: Int, of total: Int?) -> String {
        let all = total.map { " of about \(max(count, $0))" } ?? ""
        return "reading Rollouts" + (count == 0 && total == nil ? "" : ": \(count)\(all)")
    }

    /// As many `items` as fit, at least one, and the number of the others.
    private static func list(_ items: [Waiting], after start: String, width: Int) -> String {
        var text = start
        for (index, item) in items.enumerated() {
            let next = (index == 0 ? "" : ", ") + item.name.safeForTerminal + (item.count.map { " \($0)" } ?? "")
            let hidden = items.count - index - 1
            let more = hidden == 0 ? "" : " and \(hidden) more"
            if index > 0, (text + next + more).displayWidth > width {
                return text + " and \(items.count - index) more"
            }
            text += next
        }
        return text
    }
}

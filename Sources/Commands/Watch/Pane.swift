internal import Rollouts

/// A scrollable text over the page.
struct Pane: Sendable, Equatable {
    var title: String
    /// Nil while it is being read.
    var lines: [String]?
    /// The Rollout that the text is about, if any.
    var id: RolloutID?
    /// The first visible line, as an index into ``wrapped(to:)``.
    private(set) var top = 0

    init(title: String, lines: [String]?, id: RolloutID? = nil) {
        self.title = title
        self.lines = lines
        self.id = id
    }

    func wrapped(to width: Int) -> [String] {
        (lines ?? ["reading..."]).flatMap { $0.wrapped(to: width) }
    }

    /// The visible lines from ``top``, and the number of lines below them.
    func shown(width: Int, rows: Int) -> (lines: [String], below: Int) {
        let all = wrapped(to: width)
        let first = min(top, max(0, all.count - rows))
        return (Array(all.dropFirst(first).prefix(max(0, rows))), max(0, all.count - first - rows))
    }

    mutating func scroll(_ key: Key, width: Int, rows: Int) {
        let last = max(0, wrapped(to: width).count - rows)
        top = min(top, last)
        switch key {
        case .up, .character("k"): top -= 1
        case .down, .character("j"), .enter: top += 1
        case .pageUp: top -= max(1, rows - 1)
        case .pageDown, .character(" "): top += max(1, rows - 1)
        case .home, .character("g"): top = 0
        case .end, .character("G"): top = last
        default: break
        }
        top = max(0, min(top, last))
    }
}

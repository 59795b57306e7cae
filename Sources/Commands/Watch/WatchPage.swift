internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The page of `watch`: its content, its selection and its keys. Does not read keys or draw.
struct WatchPage: Sendable {
    /// A request by a key that the page cannot perform itself.
    enum Command: Sendable, Equatable {
        case quit
        case explain(RolloutID)
        case refresh(RolloutID)
        /// Finds out which pods a restart would evict, for the question before it.
        case planRestart(RolloutID)
        case restart(RolloutID)
    }

    /// What receives the keys instead of the table.
    enum Overlay: Sendable, Equatable {
        case filter
        case pane(Pane)
        case question(RestartQuestion)
    }

    /// Context and scope.
    var title: String
    var showsNamespace: Bool
    var style: Style
    /// Whether there is a keyboard.
    var takesKeys: Bool

    var size = Console.TerminalSize(columns: 80, rows: 24)
    /// The latest messages, one per line.
    var recent: [String] = []
    /// Number of Rollouts that the server gives, until all have been read.
    var total: Int?

    var view: WatchView?
    var healed = HealedRollouts()
    /// Rollouts with a step from the page under way, with their rows from before.
    var busy: [RolloutID: WatchedRow] = [:]
    /// The visible part of ``view``, by group and filter.
    var sections: [PageSection] = []
    /// Number of rows without the filter.
    var unfilteredCount = 0
    var overlay: Overlay?
    var filter = ""
    var showsAll = false
    /// Shown in the last line until the next key.
    var notice: String?
    /// Nil selects the first row.
    var selected: RolloutID?
    /// The index of the selection, used if its Rollout is gone.
    var selectedIndex = 0
    /// The first visible line of the list.
    var top = 0

    init(title: String, showsNamespace: Bool, style: Style, takesKeys: Bool) {
        self.title = title
        self.showsNamespace = showsNamespace
        self.style = style
        self.takesKeys = takesKeys
    }
}

/// Updates of the page.
extension WatchPage {
    mutating func update(_ view: WatchView) {
        self.view = view
        healed.forgetOld(now: view.now)
        arrange()
    }

    mutating func resize(_ size: Console.TerminalSize, recent: [String]) {
        self.size = size
        self.recent = recent
        follow()
    }

    /// Visible with the next view, because a storm brings thousands of changes at once.
    mutating func saw(_ change: Change, at now: Timestamp) {
        guard let id = change.id else { return }
        switch change.kind {
        case .recovered: heal(id, by: change.recovery?.by, at: now)
        case .found, .deleted: healed.remove(id)
        case .refreshed, .restarted, .cancelled, .skipped, .gaveUp, .error: break
        }
    }

    /// Visible with the next view.
    ///
    /// - Parameter remedy: nil if it healed without a step of ours.
    mutating func heal(_ id: RolloutID, by remedy: Change.Remedy?, at now: Timestamp) {
        let row = row(of: id) ?? busy[id] ?? WatchedRow(id: id, phase: Health.healthy, desired: 0, state: "")
        healed.add(row, by: remedy, at: now)
    }

    mutating func begin(_ id: RolloutID) {
        busy[id] = row(of: id) ?? WatchedRow(id: id, phase: "", desired: 0, state: "")
        arrange()
    }

    mutating func end(_ id: RolloutID) {
        busy[id] = nil
        arrange()
    }

    /// Shows an explanation, unless its pane has been closed.
    mutating func explained(_ id: RolloutID, _ lines: [String]) {
        guard case .pane(var pane) = overlay, pane.id == id else { return }
        pane.lines = lines
        overlay = .pane(pane)
    }

    /// Asks before a restart, unless something else is open by now.
    mutating func ask(_ question: RestartQuestion) {
        guard overlay == nil else { return }
        guard question.text.wrapped(to: width).count <= size.rows else {
            notice = "too small to ask"
            return
        }
        notice = nil
        overlay = .question(question)
    }

    private func row(of id: RolloutID) -> WatchedRow? {
        view?.rows.row(of: id) ?? view?.others.row(of: id)
    }
}

extension [WatchedRow] {
    /// Binary search; the rows must be sorted by id.
    fileprivate func row(of id: RolloutID) -> WatchedRow? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].id == id ? self[low] : nil
    }
}

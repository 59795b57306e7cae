internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The page of `watch`: what it shows, what is selected, and what keys do. Nothing here reads a key or draws.
struct WatchPage: Sendable {
    /// What a key asks for that the page cannot do itself.
    enum Command: Sendable, Equatable {
        case quit
        case explain(RolloutID)
        case refresh(RolloutID)
        /// What a restart would evict, for the question before it.
        case planRestart(RolloutID)
        case restart(RolloutID)
    }

    /// What has the keys instead of the table.
    enum Overlay: Sendable, Equatable {
        case filter
        case pane(Pane)
        case question(RestartQuestion)
    }

    /// Context and scope, as the person knows them.
    var title: String
    var showsNamespace: Bool
    var style: Style
    /// There is somebody to press them.
    var takesKeys: Bool

    var size = Console.TerminalSize(columns: 80, rows: 24)
    /// What happened last, in lines.
    var recent: [String] = []
    /// How many Rollouts there are, as long as not all have been read.
    var total: Int?

    var view: WatchView?
    var healed = HealedRollouts()
    /// Those for which a step that was asked for here is under way, as they were before.
    var busy: [RolloutID: WatchedRow] = [:]
    /// What is shown of ``view``, by group and filter.
    var sections: [PageSection] = []
    /// Rows of the page without a filter.
    var unfilteredCount = 0
    var overlay: Overlay?
    var filter = ""
    var showsAll = false
    /// Said in the last line until the next key.
    var notice: String?
    /// Nil stays at the first row, whichever that is.
    var selected: RolloutID?
    /// Where it was, for when it goes.
    var selectedIndex = 0
    /// The first line of the list that is shown.
    var top = 0

    init(title: String, showsNamespace: Bool, style: Style, takesKeys: Bool) {
        self.title = title
        self.showsNamespace = showsNamespace
        self.style = style
        self.takesKeys = takesKeys
    }
}

/// What the page is told.
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

    /// Shows with the next view: in a storm, thousands of changes come at once.
    mutating func saw(_ change: Change, at now: Timestamp) {
        guard let id = change.id else { return }
        switch change.kind {
        case .recovered: heal(id, by: change.recovery?.by, at: now)
        case .found, .deleted: healed.remove(id)
        case .refreshed, .restarted, .cancelled, .skipped, .gaveUp, .error: break
        }
    }

    /// Shows with the next view.
    ///
    /// - Parameter remedy: nil where nobody here has helped.
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

    /// The explanation that was asked for; nothing where somebody has gone on meanwhile.
    mutating func explained(_ id: RolloutID, _ lines: [String]) {
        guard case .pane(var pane) = overlay, pane.id == id else { return }
        pane.lines = lines
        overlay = .pane(pane)
    }

    /// Asks before a restart; somebody who does something else meanwhile is not asked.
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
    /// Of rows in the order of their ids.
    fileprivate func row(of id: RolloutID) -> WatchedRow? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].id == id ? self[low] : nil
    }
}

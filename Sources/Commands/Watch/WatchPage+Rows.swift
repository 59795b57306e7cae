internal import RolloutHeal
internal import Rollouts

/// The rows of the page, their order, and the selection.
extension WatchPage {
    enum Line {
        case heading(PageSection)
        case row(WatchedRow, in: PageSection)
    }

    var rows: [WatchedRow] { sections.flatMap(\.rows) }

    var selection: RolloutID? { selected ?? sections.first?.rows.first?.id }

    /// All lines of the list, whatever the page's size.
    var lines: [Line] {
        sections.flatMap { section in [.heading(section)] + section.rows.map { .row($0, in: section) } }
    }

    /// Rebuilds the sections from the current state.
    mutating func arrange() {
        defer { follow() }
        guard let view else { return sections = [] }
        // Degraded Rollouts are always shown, those in progress only on request.
        let others = view.others.filter { showsAll || $0.phase == Health.degraded }
        var all = view.rows + others
        if !busy.isEmpty {
            for index in all.indices where busy[all[index].id] != nil { all[index].state = "a step is under way" }
        }
        let known = Set(all.map(\.id))
        let healedRows = healed.rows.filter { !known.contains($0.id) }
        unfilteredCount = all.count + healedRows.count
        sections = PageSection.all(of: all.filter(isWanted), healed: healedRows.filter(isWanted))
    }

    private func isWanted(_ row: WatchedRow) -> Bool {
        if filter.isEmpty { return true }
        let text = "\(row.id.namespace)/\(row.id.name) \(row.verdict?.word ?? row.phase) \(row.group.name)"
        return text.lowercased().contains(filter.lowercased())
    }

    /// Keeps the selection on its Rollout or, if that is gone, at its index, and scrolls to it.
    mutating func follow() {
        let rows = rows
        if let selected {
            if let index = rows.firstIndex(where: { $0.id == selected }) {
                selectedIndex = index
            } else {
                selectedIndex = max(0, min(selectedIndex, rows.count - 1))
                self.selected = rows.isEmpty ? nil : rows[selectedIndex].id
            }
        } else {
            selectedIndex = 0
        }
        let count = rows.count + sections.count
        guard count > listRows else { return top = 0 }
        let line = lineOfSelection
        let visible = visibleRows
        // The first visible line names the group, even if its first rows are not visible.
        top = min(max(top, line - visible + 1), line - (visible > 1 ? 1 : 0))
        top = max(0, min(top, count - visible))
    }

    private var lineOfSelection: Int {
        var rowsBefore = 0
        for (number, section) in sections.enumerated() {
            rowsBefore += section.rows.count
            if selectedIndex < rowsBefore { return selectedIndex + number + 1 }
        }
        return 0
    }

    mutating func move(_ key: Key) {
        let rows = rows
        let page = max(1, visibleRows - 1)
        let index: Int
        switch key {
        case .up, .character("k"): index = selectedIndex - 1
        case .down, .character("j"): index = selectedIndex + 1
        case .pageUp: index = selectedIndex - page
        case .pageDown, .character(" "): index = selectedIndex + page
        case .home, .character("g"): index = 0
        case .end, .character("G"): index = rows.count - 1
        default: return
        }
        selectedIndex = max(0, min(index, rows.count - 1))
        // A selection of the first row stays at the first row, so that new trouble is visible at once.
        selected = selectedIndex == 0 ? nil : rows[selectedIndex].id
        follow()
    }
}

internal import RolloutHeal
internal import Rollouts

/// The page as lines that fit the terminal in width and number.
extension WatchPage {
    /// The last column stays empty: erasing to the right of a full line erases its last character on some terminals.
    var width: Int { max(1, size.columns - 1) }

    func frame() -> [String] {
        let footer = Array(footer.prefix(size.rows))
        let head = Array(head.prefix(size.rows - footer.count))
        let room = size.rows - head.count - footer.count
        let tail = Array(tail.suffix(max(0, room)))
        let body = body(rows: room - tail.count)
        // Aligns the last lines to the bottom.
        let isPinned = !footer.isEmpty || !tail.isEmpty
        let gap = isPinned ? Array(repeating: "", count: max(0, room - tail.count - body.count)) : []
        return head + body + gap + tail + footer
    }

    /// Number of lines between head and tail.
    var bodyRows: Int { max(0, size.rows - head.count - tail.count - footer.count) }

    /// Number of lines for groups and rows, without the table's header if there is room for one.
    var listRows: Int { max(1, Self.listRows(bodyRows)) }

    /// The same for a list that is cut, whose last line gives the number of the other rows.
    var visibleRows: Int { max(1, listRows - 1) }

    private static func listRows(_ room: Int) -> Int { room < 3 ? room : room - 1 }

    func fit(_ text: String) -> String {
        text.fitted(to: width, ellipsis: style.ellipsis)
    }

    // MARK: Above and below the list

    private var head: [String] {
        let title = style.bold(fit(title.safeForTerminal))
        return [title] + PageSummary(page: self).lines + (size.rows < 12 ? [] : [""])
    }

    private var tail: [String] {
        if case .pane = overlay { return [] }
        let most = size.rows < 8 ? 0 : size.rows / 4
        var shown: [String] = []
        for line in recent.reversed() {
            let whole = line.wrapped(to: width, indent: 2)
            let room = most - shown.count
            // The last message is cut to fit; earlier ones are shown whole or not at all.
            guard whole.count <= room || (shown.isEmpty && room > 0) else { break }
            let cut = whole.dropFirst(room - 1).joined(separator: " ")
            shown = (whole.count <= room ? whole : whole.prefix(room - 1) + [fit(cut)]) + shown
        }
        return shown.isEmpty ? [] : (size.rows < 12 ? [] : [""]) + shown
    }

    private var footer: [String] {
        guard takesKeys else { return [] }
        if case .question(let question) = overlay { return question.text.wrapped(to: width) }
        let detail = size.rows < 12 ? nil : detail.map { fit($0.safeForTerminal) }
        return [detail, fit(lastLine.safeForTerminal)].compactMap { $0 }
    }

    /// Details of the selected row that its cells may have no room for.
    private var detail: String? {
        if case .pane = overlay { return nil }
        let rows = rows
        guard rows.indices.contains(selectedIndex) else { return nil }
        let row = rows[selectedIndex]
        return "\(row.id.namespace)/\(row.id.name)" + (row.state.isEmpty ? "" : ": \(row.state)")
    }

    private var lastLine: String {
        let count = "\(rows.count) of \(unfilteredCount)"
        switch overlay {
        case .filter: return "/\(filter)_ (\(count))"
        case .pane: return "Esc closes"
        case .question, nil: break
        }
        if let notice { return notice }
        if !filter.isEmpty { return "/\(filter) (\(count), Esc clears)" }
        return PageKeys.hints(width: width, style: style)
    }

    // MARK: The list

    private func body(rows room: Int) -> [String] {
        if case .pane(let pane) = overlay { return lines(of: pane, room) }
        guard room > 0, let view else { return [] }
        if sections.isEmpty { return filter.isEmpty ? [] : [fit("No row matches \"\(filter.safeForTerminal)\".")] }
        let all = lines
        let rest = Self.listRows(room)
        let isCut = all.count > rest
        let range = isCut ? top..<min(top + max(1, rest - 1), all.count) : 0..<all.count
        let (header, rows) = LiveTable(page: self, now: view.now).lines(all, in: range)
        let hidden = all.count - range.upperBound
        let more = isCut && rest > 1 ? [fit(hidden > 0 ? "and \(hidden) more" : "(end)")] : []
        return (rest < room ? [header] : []) + rows + more
    }

    private func lines(of pane: Pane, _ room: Int) -> [String] {
        guard room > 1 else { return [] }
        let (lines, below) = pane.shown(width: width, rows: room - 1)
        let more = below > 0 ? " (\(below) more line\(below == 1 ? "" : "s") below)" : ""
        return [style.bold(fit(pane.title.safeForTerminal + more))] + lines
    }
}

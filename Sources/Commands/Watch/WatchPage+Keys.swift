internal import Rollouts

/// Reactions to keys.
extension WatchPage {
    private static let longestFilter = 100

    /// Applies `key`; returns a command that the page cannot perform itself.
    mutating func press(_ key: Key) -> Command? {
        notice = nil
        defer { follow() }
        switch overlay {
        case .filter: type(key)
        case .pane(let pane): press(key, on: pane)
        case .question(let question):
            overlay = nil
            if key == .character("y") || key == .character("Y") { return step(.restart(question.id), question.id) }
            notice = "Nothing was restarted."
        case nil: return pressOnTable(key)
        }
        return nil
    }

    private mutating func pressOnTable(_ key: Key) -> Command? {
        switch key {
        case .character("q"): return .quit
        case .character("?"): overlay = .pane(Pane(title: "Keys", lines: PageKeys.lines))
        case .character("/"): overlay = .filter
        case .character("a"):
            showsAll.toggle()
            arrange()
        case .escape: setFilter("")
        case .character("r"): return selection.flatMap { step(.refresh($0), $0) }
        case .character("R"): return selection.flatMap { step(.planRestart($0), $0) }
        case .enter:
            guard let id = selection else { return nil }
            overlay = .pane(Pane(title: "\(id.namespace)/\(id.name)", lines: nil, id: id))
            return .explain(id)
        default: move(key)
        }
        return nil
    }

    private mutating func press(_ key: Key, on pane: Pane) {
        if [.escape, .character("q"), .character("?")].contains(key) {
            overlay = nil
            return
        }
        var pane = pane
        pane.scroll(key, width: width, rows: bodyRows - 1)
        overlay = .pane(pane)
    }

    /// Requests a step, unless one is under way for the Rollout.
    private mutating func step(_ command: Command, _ id: RolloutID) -> Command? {
        let name = "\(id.namespace)/\(id.name)"
        guard busy[id] == nil else {
            notice = "\(name): a step is under way"
            return nil
        }
        begin(id)
        switch command {
        case .refresh: notice = "\(name): it is read twice, 5 seconds apart, and then refreshed"
        case .planRestart: notice = "\(name): reading what a restart would evict"
        case .restart: notice = "\(name): to be restarted if every gate is open"
        case .quit, .explain: break
        }
        return command
    }

    private mutating func type(_ key: Key) {
        switch key {
        case .escape:
            overlay = nil
            setFilter("")
        case .enter: overlay = nil
        case .up, .down, .pageUp, .pageDown, .home, .end:
            overlay = nil
            move(key)
        case .backspace: setFilter(String(filter.dropLast()))
        case .character(let character): setFilter(String((filter + String(character)).prefix(Self.longestFilter)))
        }
    }

    private mutating func setFilter(_ text: String) {
        // A Rollout selected under a filter stays selected when the filter is removed.
        if text.isEmpty, !filter.isEmpty { selected = selection }
        filter = text
        arrange()
    }
}

internal import RolloutHeal
internal import Rollouts

/// The lines above the table: the number of Rollouts in each state, and what keeps them from being healed.
struct PageSummary {
    var page: WatchPage

    var lines: [String] {
        guard let view = page.view else { return [""] }
        guard view.isSynced else { return alerts(view) + [page.fit(Progress.reading(view.count, of: page.total))] }
        let isClear = view.census.isAllHealthy && view.rows.isEmpty && view.trouble == nil
        // Two lines at most: the most important counts come first.
        var counts = summary(view).wrapped(to: page.width)
        if counts.count > 2 { counts = [counts[0], page.fit(counts.dropFirst().joined(separator: " "))] }
        return alerts(view) + counts.map { page.style.paint(page.fit($0), isClear ? .green : nil) }
    }

    private func alerts(_ view: WatchView) -> [String] {
        if let trouble = view.trouble {
            let cell = page.style.cell(trouble.message, .bad)
            return [page.style.paint(page.fit(cell.text), cell.color)]
        }
        let text =
            view.isLagging
            ? "the controller lags: nothing is refreshed until it keeps up"
            : view.isStormy ? "storm: nothing is restarted until it is over" : nil
        return text.map { [page.style.paint(page.fit($0), .red)] } ?? []
    }

    /// Counts every Rollout, so that "all Healthy" is true of all of them.
    private func summary(_ view: WatchView) -> String {
        let census = view.census
        let counts = [
            (view.rows.count, "in trouble"), (view.givenUp, "given up"),
            (census.otherDegraded, "Degraded for other reasons"),
            (census.inProgress, "in progress"), (census.unreadable, "unreadable"),
        ].filter { $0.0 > 0 }.map { "\($0) \($1)" }
        let states = counts.isEmpty ? ["all Healthy"] : counts
        let healed = page.healed.count
        let more =
            (census.excluded > 0 ? ["\(census.excluded) more excluded"] : [])
            + (healed > 0 ? ["\(healed) healed"] : [])
        return (["\(view.count) Rollouts"] + states + more).joined(separator: ", ")
    }

    /// The line that remains on the terminal after the page has closed; nil if no list was read.
    static func end(of page: WatchPage) -> String? {
        guard let view = page.view, view.isSynced else { return nil }
        let healed = page.healed
        let byHand = healed.withoutUs > 0 ? ", \(healed.withoutUs) without rollout-heal" : ""
        let degraded = view.census.otherDegraded
        let others = degraded > 0 ? ", \(degraded) Degraded for other reasons" : ""
        return "Healed: \(healed.byRefresh) by a refresh, \(healed.byRestart) by a restart\(byHand). "
            + "Given up: \(view.givenUp). Still in trouble: \(view.rows.count)\(others).\n"
    }
}

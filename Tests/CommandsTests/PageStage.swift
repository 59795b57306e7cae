import Formats
import HTTPTransport
import KubeClient

@testable import Commands
@testable import RolloutHeal
@testable import Rollouts

/// A page with invented rows, and its frame.
struct PageStage {
    static let now = Timestamp(secondsSince1970: 1_772_366_400)

    var page: WatchPage

    init(
        _ view: WatchView? = nil, columns: Int = 80, rows: Int = 24, recent: [String] = [], takesKeys: Bool = true,
        style: Style = Style(isColored: false)
    ) {
        page = WatchPage(title: "rollout-heal watch · prod", showsNamespace: true, style: style, takesKeys: takesKeys)
        page.resize(.init(columns: columns, rows: rows), recent: recent)
        if let view { page.update(view) }
    }

    var frame: [String] { page.frame() }

    /// Names in the visible rows.
    var names: [String] {
        frame.compactMap { line in
            let words = line.drop { "> ".contains($0) }.split(separator: " ")
            return words.count > 1 && words[0] == "shop" ? String(words[1]) : nil
        }
    }

    /// The name in the selected row.
    var marked: String? {
        frame.first { $0.hasPrefix("> ") }.map { String($0.split(separator: " ")[2]) }
    }

    @discardableResult
    mutating func press(_ keys: Key...) -> WatchPage.Command? {
        var last: WatchPage.Command?
        for key in keys { last = page.press(key) }
        return last
    }

    @discardableResult
    mutating func type(_ text: String) -> WatchPage.Command? {
        var last: WatchPage.Command?
        for character in text { last = page.press(.character(character)) }
        return last
    }

    static func row(
        _ name: String, _ diagnosis: Diagnosis? = .stuck, phase: String = Health.degraded,
        state: String = "a restart may heal it", gate: Gate? = nil, ready: Int64? = 5
    ) -> WatchedRow {
        WatchedRow(
            id: RolloutID(namespace: "shop", name: name), strategy: .blueGreen, phase: phase, ready: ready, desired: 5,
            verdict: diagnosis.map {
                Verdict(diagnosis: $0, isDue: true, heldBy: gate.map { Reading($0, isOpen: false, "held") })
            }, since: now.advanced(by: .seconds(-3600)), restartedAt: nil, state: state)
    }

    static func view(
        _ rows: [WatchedRow], others: [WatchedRow] = [], isStormy: Bool = false, trouble: RolloutHealError? = nil,
        now: Timestamp = PageStage.now
    ) -> WatchView {
        let degraded = others.count { $0.phase == Health.degraded }
        return WatchView(
            rows: rows, others: others, count: 200, isSynced: true, isStormy: isStormy, givenUp: 0,
            degraded: [.stuck: rows.count],
            census: Census(shown: rows.count, otherDegraded: degraded, inProgress: others.count - degraded), now: now,
            trouble: trouble)
    }

    static func many(_ count: Int) -> [WatchedRow] {
        (0..<count).map { number in
            let name = "web-" + String(repeating: "0", count: 3 - "\(number)".count) + "\(number)"
            return row(name, number % 2 == 0 ? .unavailable : .stuck)
        }
    }

    static func id(_ name: String) -> RolloutID { RolloutID(namespace: "shop", name: name) }
}

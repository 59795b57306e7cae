internal import Rollouts

/// A group of Rollouts on the page, under a common heading.
struct PageSection: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case group(Diagnosis.Group)
        case healed
    }

    var kind: Kind
    var rows: [WatchedRow]

    var heading: String {
        switch kind {
        case .group(let group): "\(group.name) (\(rows.count)): \(group.meaning)"
        case .healed: "HEALED (\(rows.count)): in the last 5 minutes"
        }
    }

    /// The four groups, worst first, then healed Rollouts; empty groups are left out.
    static func all(of rows: [WatchedRow], healed: [WatchedRow]) -> [PageSection] {
        let groups = Dictionary(grouping: rows, by: \.group)
        let sections = Diagnosis.Group.allCases.map { PageSection(kind: .group($0), rows: groups[$0] ?? []) }
        return (sections + [PageSection(kind: .healed, rows: healed)]).filter { !$0.rows.isEmpty }
    }
}

extension Style {
    /// The colour of the groups that are broken or that heal can help; the heading says the same in words.
    static func mark(of group: Diagnosis.Group) -> Mark? {
        switch group {
        case .broken: .bad
        case .fixable: .doubtful
        case .waiting, .other: nil
        }
    }

    static func color(of kind: PageSection.Kind) -> Color? {
        switch kind {
        case .group(let group): mark(of: group)?.color
        case .healed: .green
        }
    }
}

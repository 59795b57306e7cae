internal import Rollouts

/// Rollouts that stand together on the page, under a heading that says what they have in common.
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

    /// The four groups, worst first, and then what healed; those without a row are left out.
    static func all(of rows: [WatchedRow], healed: [WatchedRow]) -> [PageSection] {
        let groups = Dictionary(grouping: rows, by: \.group)
        let sections = Diagnosis.Group.allCases.map { PageSection(kind: .group($0), rows: groups[$0] ?? []) }
        return (sections + [PageSection(kind: .healed, rows: healed)]).filter { !$0.rows.isEmpty }
    }
}

extension Style {
    /// A colour for what is broken, and for what heal can help; the heading says it in words.
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

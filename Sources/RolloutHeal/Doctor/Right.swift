/// A right that a mode needs.
struct Right: Sendable, Hashable {
    var verb: String
    var group: String
    var resource: String
    var subresource: String?
    /// What is lost without it; nil if the mode does not work then.
    var loss: String?

    init(_ verb: String, _ resource: String, in group: String, subresource: String? = nil, else loss: String? = nil) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.subresource = subresource
        self.loss = loss
    }

    /// The right as roles spell it: `patch replicasets/status`.
    var text: String { "\(verb) \(resource)" + (subresource.map { "/\($0)" } ?? "") }
}

/// A use of this program, by the rights that it takes.
package enum DoctorMode: String, Sendable, CaseIterable {
    /// `list` and `explain`.
    case list
    case watch
    /// `heal`, `refresh` and `restart`.
    case heal
    /// `watch --heal`.
    case watchHeal = "watch-heal"

    /// The commands, for people.
    var commands: String {
        switch self {
        case .list: "list, explain"
        case .watch: "watch"
        case .heal: "heal, refresh, restart"
        case .watchHeal: "watch --heal"
        }
    }

    var rights: [Right] {
        switch self {
        case .list: Self.reads + [Self.budgets(else: "explain does not show the gate budget")]
        case .watch: [Self.rollouts("list"), Self.rollouts("watch"), Self.evidence]
        case .heal: Self.reads + Self.writes
        case .watchHeal: Self.reads + [Self.rollouts("watch")] + Self.writes
        }
    }

    private static func rollouts(_ verb: String) -> Right { Right(verb, "rollouts", in: "argoproj.io") }

    private static func budgets(else loss: String) -> Right {
        Right("list", "poddisruptionbudgets", in: "policy", else: loss)
    }

    private static let evidence = Right("list", "replicasets", in: "apps")

    private static let reads = [
        rollouts("get"), rollouts("list"), evidence,
        Right("list", "pods", in: "", else: "unavailable is reported without the reason"),
    ]

    private static let writes = [
        rollouts("patch"), Right("patch", "replicasets", in: "apps", subresource: "status"),
        budgets(else: "nothing is restarted"),
        Right("create", "events", in: "events.k8s.io", else: "steps are not recorded as Events"),
    ]
}

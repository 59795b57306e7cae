internal import KubeClient

/// A right that a mode needs.
struct Right: Sendable, Hashable {
    var verb: String
    var group: String
    var resource: String
    var subresource: String?
    /// The one object that it is about; nil for all. A role may grant a right for a name only.
    var name: String?
    /// What is lost without it; nil if the mode does not work then.
    var loss: String?
    /// Whether it is about the whole cluster, wherever the Rollouts are: only a ClusterRole can grant it.
    var isClusterWide = false

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

/// The flags of a mode that read namespaces.
package struct NamespaceFlags: Sendable, Equatable {
    /// `--opt-in`.
    package var optsIn: Bool
    /// `--namespace-selector`.
    package var selects: Bool

    package init(optsIn: Bool = false, selects: Bool = false) {
        self.optsIn = optsIn
        self.selects = selects
    }
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

    /// The rights of this mode with flags that read namespaces.
    ///
    /// - Parameter namespace: where the Rollouts are; nil for all namespaces.
    func rights(with flags: NamespaceFlags, in namespace: String?) -> [Right] {
        guard flags.optsIn || flags.selects else { return rights }
        let follows = self == .watch || self == .watchHeal
        let verbs = follows ? ["list", "watch"] : namespace == nil ? ["list"] : ["get"]
        // Without a selection it is unknown which Rollouts are meant.
        let loss = flags.selects ? nil : "--opt-in counts only on Rollouts themselves"
        return rights
            + verbs.map { verb in
                var right = Right(verb, "namespaces", in: "", else: loss)
                right.isClusterWide = verb != "get"
                return right
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
        Right("patch", "events", in: "events.k8s.io", else: "Events do not count a step that is repeated"),
    ]

    /// The rights of `--leader-elect`, in the namespace of the Lease.
    static func election(by lease: LeaderElector.Place) -> [Right] {
        ["get", "create", "update"].map { verb in
            var right = Right(verb, "leases", in: "coordination.k8s.io")
            // Nobody can be allowed to create only what has a name.
            right.name = verb == "create" ? nil : lease.name
            return right
        }
    }
}

/// The fields of an Argo Rollout (`argoproj.io/v1alpha1`) that the rule reads, with their names in the API.
///
/// The controller omits zeros, and null means absent, so an optional may stand for either.
package struct Rollout: Sendable, Equatable, Decodable {
    package var metadata: Metadata
    package var spec: Spec
    package var status: Status

    package struct Metadata: Sendable, Equatable, Decodable {
        package var name: String
        package var namespace: String?
        package var uid: String?
        package var resourceVersion: String?
        package var generation: Int64?
        /// Only those in ``Marks``.
        package var labels: [String: String]?
        /// Only those in ``Marks``.
        package var annotations: [String: String]?
        package var creationTimestamp: String?
        package var deletionTimestamp: String?
        /// Only the entries about spec or status.
        package var managedFields: [ManagedFields]?

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            name = try fields.decode(String.self, forKey: .name)
            namespace = try fields.decodeIfPresent(String.self, forKey: .namespace)
            uid = try fields.decodeIfPresent(String.self, forKey: .uid)
            resourceVersion = try fields.decodeIfPresent(String.self, forKey: .resourceVersion)
            generation = try fields.decodeIfPresent(Int64.self, forKey: .generation)
            labels = try fields.decodeIfPresent(Marks.Values.self, forKey: .labels)?.texts
            annotations = try fields.decodeIfPresent(Marks.Values.self, forKey: .annotations)?.texts
            creationTimestamp = try fields.decodeIfPresent(String.self, forKey: .creationTimestamp)
            deletionTimestamp = try fields.decodeIfPresent(String.self, forKey: .deletionTimestamp)
            managedFields = try fields.decodeIfPresent([ManagedFields].self, forKey: .managedFields)?
                .filter { $0.hasSpec || $0.hasStatus }
        }

        private enum CodingKeys: String, CodingKey {
            case name, namespace, uid, resourceVersion, generation, labels, annotations
            case creationTimestamp, deletionTimestamp, managedFields
        }
    }

    package struct Spec: Sendable, Equatable, Decodable {
        package var replicas: Int64?
        package var paused: Bool?
        /// RFC 3339, as written.
        package var restartAt: String?
        package var progressDeadlineSeconds: Int64?
        package var selector: LabelSelector?
        package var strategy: Strategy?
        package var template: Template?
    }

    package struct Template: Sendable, Equatable, Decodable {
        package struct PodSpec: Sendable, Equatable, Decodable {
            package var containers: [Container]?
        }

        package struct Container: Sendable, Equatable, Decodable {
            package var image: String?
        }

        package var spec: PodSpec?

        /// The image of the first container.
        package var image: String? { spec?.containers?.first?.image }
    }

    package struct Strategy: Sendable, Equatable, Decodable {
        package var blueGreen: BlueGreen?
        package var canary: Canary?
    }

    package struct BlueGreen: Sendable, Equatable, Decodable {
        package var maxUnavailable: IntOrPercent?
        package var previewService: String?
    }

    package struct Canary: Sendable, Equatable, Decodable {
        package var maxUnavailable: IntOrPercent?
        package var maxSurge: IntOrPercent?
        package var trafficRouting: Presence?
        package var minPodsPerReplicaSet: Int64?
        package var steps: [Presence]?
    }

    package struct Status: Sendable, Equatable, Decodable {
        /// A number as text; controllers before v1.0 wrote a hash.
        package var observedGeneration: String?
        package var phase: String?
        package var message: String?
        package var controllerPause: Bool?
        package var pauseConditions: [PauseCondition]?
        package var conditions: [Condition]?
        package var currentPodHash: String?
        package var stableRS: String?
        package var abort: Bool?
        package var restartedAt: String?
        package var replicas: Int64?
        package var updatedReplicas: Int64?
        package var readyReplicas: Int64?
        package var availableReplicas: Int64?
        package var HPAReplicas: Int64?
        package var currentStepIndex: Int64?
        /// The label selector as text, even if the selector comes from a referenced Deployment.
        package var selector: String?
        package var blueGreen: BlueGreenStatus?
    }

    package struct PauseCondition: Sendable, Equatable, Decodable {
        package var reason: String?
    }

    package struct Condition: Sendable, Equatable, Decodable {
        package var type: String?
        package var status: String?
        package var reason: String?
        package var message: String?
        package var lastUpdateTime: String?
        package var lastTransitionTime: String?
    }

    package struct BlueGreenStatus: Sendable, Equatable, Decodable {
        package var activeSelector: String?
        package var previewSelector: String?
    }

    private enum CodingKeys: String, CodingKey {
        case metadata, spec, status
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try fields.decode(Metadata.self, forKey: .metadata)
        spec = try fields.decodeIfPresent(Spec.self, forKey: .spec) ?? Spec()
        status = try fields.decodeIfPresent(Status.self, forKey: .status) ?? Status()
        cut(&spec.restartAt)
        spec.cutTexts()
        status.cutTexts()
    }

    /// The limit for one text, in bytes. Without it, anyone who may write a status could fill our memory: an object may
    /// have 1.5 MiB, and thousands are kept.
    static let longestText = 1024
}

extension Rollout.Template.PodSpec {
    /// Keeps only the first container's image, which is all that is shown.
    mutating func keepImage() {
        let kept = (containers?.first?.image).map {
            Rollout.Template.Container(image: $0.cut(toBytes: Rollout.longestText))
        }
        containers = kept.map { [$0] }
    }
}

extension Rollout.Spec {
    private static let mostSteps = 1000

    fileprivate mutating func cutTexts() {
        template?.spec?.keepImage()
        if let steps = strategy?.canary?.steps { strategy?.canary?.steps = Array(steps.prefix(Self.mostSteps)) }
        if var blueGreen = strategy?.blueGreen {
            cut(&blueGreen.previewService)
            strategy?.blueGreen = blueGreen
        }
    }
}

extension Rollout.Status {
    private static let mostConditions = 100

    fileprivate mutating func cutTexts() {
        cut(&observedGeneration)
        cut(&phase)
        cut(&message)
        cut(&currentPodHash)
        cut(&stableRS)
        cut(&blueGreen)
        cut(&restartedAt)
        // A truncated selector would select something else; without one, more is read.
        if let selector, selector.utf8.count > 4 * Rollout.longestText { self.selector = nil }
        pauseConditions = pauseConditions?.prefix(Self.mostConditions).map { given in
            var pause = given
            cut(&pause.reason)
            return pause
        }
        conditions = conditions?.prefix(Self.mostConditions).map { given in
            var condition = given
            cut(&condition.type)
            cut(&condition.status)
            cut(&condition.reason)
            cut(&condition.message)
            cut(&condition.lastUpdateTime)
            cut(&condition.lastTransitionTime)
            return condition
        }
    }
}

private func cut(_ status: inout Rollout.BlueGreenStatus?) {
    guard var kept = status else { return }
    cut(&kept.activeSelector)
    cut(&kept.previewSelector)
    status = kept
}

private func cut(_ text: inout String?) {
    text = text?.cut(toBytes: Rollout.longestText)
}

/// An object of which only the presence matters.
package struct Presence: Sendable, Equatable, Decodable {
    package init(from decoder: any Decoder) throws {}
}

/// A selector in the form of `spec.selector`.
package struct LabelSelector: Sendable, Equatable, Decodable {
    package struct Expression: Sendable, Equatable, Decodable {
        package var key: String
        package var `operator`: String
        package var values: [String]?
    }

    package var matchLabels: [String: String]?
    package var matchExpressions: [Expression]?
}

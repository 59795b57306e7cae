/// The fields of an Argo Rollout (`argoproj.io/v1alpha1`) that the rule reads, under their names in the API.
///
/// The controller omits zeros, and null means absent: every optional may be either.
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
        /// Those of ``Marks``: the others are not read.
        package var labels: [String: String]?
        /// Those of ``Marks``.
        package var annotations: [String: String]?

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            name = try fields.decode(String.self, forKey: .name)
            namespace = try fields.decodeIfPresent(String.self, forKey: .namespace)
            uid = try fields.decodeIfPresent(String.self, forKey: .uid)
            resourceVersion = try fields.decodeIfPresent(String.self, forKey: .resourceVersion)
            generation = try fields.decodeIfPresent(Int64.self, forKey: .generation)
            labels = try fields.decodeIfPresent(Marks.Values.self, forKey: .labels)?.texts
            annotations = try fields.decodeIfPresent(Marks.Values.self, forKey: .annotations)?.texts
        }

        private enum CodingKeys: String, CodingKey {
            case name, namespace, uid, resourceVersion, generation, labels, annotations
        }
    }

    package struct Spec: Sendable, Equatable, Decodable {
        package var replicas: Int64?
        package var paused: Bool?
        /// RFC 3339, as it was written.
        package var restartAt: String?
        package var progressDeadlineSeconds: Int64?
        package var selector: LabelSelector?
        package var strategy: Strategy?
    }

    package struct Strategy: Sendable, Equatable, Decodable {
        package var blueGreen: Presence?
        package var canary: Canary?
    }

    package struct Canary: Sendable, Equatable, Decodable {
        package var trafficRouting: Presence?
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
        package var availableReplicas: Int64?
        /// The label selector as text, also where the selector comes from a referenced Deployment.
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
        status.cutTexts()
    }

    /// Bytes of one text. Whoever may write a Rollout's status could otherwise fill our memory: a stored object has up to
    /// 1.5 MiB, and thousands are kept.
    static let longestText = 1024
}

extension Rollout.Status {
    private static let mostConditions = 100

    fileprivate mutating func cutTexts() {
        cut(&observedGeneration)
        cut(&phase)
        cut(&message)
        cut(&currentPodHash)
        cut(&stableRS)
        cut(&restartedAt)
        // A beginning would select something else; without one, more is read.
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

private func cut(_ text: inout String?) {
    text = text?.cut(toBytes: Rollout.longestText)
}

/// An object of which only matters that it is there.
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

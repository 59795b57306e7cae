/// The keys of the relevant labels and annotations. On a Rollout we write labels, because the controller copies
/// annotations to ReplicaSets.
package enum Marks {
    /// The `fieldManager` of our writes. Flux reverts the writes of managers whose name begins with `kubectl`.
    package static let fieldManager = "rollout-heal"
    package static let ignore = "rollout-heal/ignore"
    package static let heal = "rollout-heal/heal"
    package static let restarts = "rollout-heal/restarts"
    package static let podHash = "rollout-heal/pod-hash"
    /// When we last restarted the Rollout, or took the restart back, in Unix seconds; a sync from Git may undo
    /// `spec.restartAt`.
    package static let restartedAt = "rollout-heal/restarted-at"
    /// The ``RefreshMark``: an annotation on a ReplicaSet, a label on a Rollout.
    package static let refreshed = "rollout-heal/refreshed"
    /// Argo Rollouts: `annotations.DesiredReplicasAnnotation`.
    static let desiredReplicas = "rollout.argoproj.io/desired-replicas"
    /// Argo CD: the label its documentation recommends where Helm uses the other one, then
    /// `common.LabelKeyAppInstance`. The one that only Argo CD writes comes first.
    static let applicationLabels = ["argocd.argoproj.io/instance", "app.kubernetes.io/instance"]
    /// Argo CD: `common.AnnotationKeyAppInstance`.
    static let applicationAnnotation = "argocd.argoproj.io/tracking-id"

    /// Decodes only the labels or annotations named above: the others can be most of an object.
    package struct Values: Decodable, Sendable {
        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private static let keys =
            ([ignore, heal, restarts, podHash, restartedAt, refreshed, desiredReplicas, applicationAnnotation]
            + applicationLabels).map(Key.init)

        package private(set) var texts: [String: String] = [:]

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            for key in Self.keys {
                texts[key.stringValue] = try fields.decodeIfPresent(String.self, forKey: key)?.cut(
                    toBytes: Rollout.longestText)
            }
        }
    }
}

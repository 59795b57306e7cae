/// The keys of labels and annotations that mean something here. What we write on a Rollout are labels, because the
/// controller copies annotations to ReplicaSets.
package enum Marks {
    /// Who writes: `fieldManager`. Flux takes over, and so undoes, what managers write whose name begins with `kubectl`.
    package static let fieldManager = "rollout-heal"
    package static let ignore = "rollout-heal/ignore"
    package static let restarts = "rollout-heal/restarts"
    package static let podHash = "rollout-heal/pod-hash"
    /// Unix seconds of the last restart of ours, or of its being taken back: `spec.restartAt` may be undone by what is in Git.
    package static let restartedAt = "rollout-heal/restarted-at"
    /// ``RefreshMark``: an annotation of a ReplicaSet, a label of a Rollout.
    package static let refreshed = "rollout-heal/refreshed"
    /// Argo Rollouts: annotations.DesiredReplicasAnnotation.
    static let desiredReplicas = "rollout.argoproj.io/desired-replicas"
    /// Argo CD: common.LabelKeyAppInstance, and what its documentation advises instead where Helm sets that one. What only
    /// Argo CD writes is first.
    static let applicationLabels = ["argocd.argoproj.io/instance", "app.kubernetes.io/instance"]
    /// Argo CD: common.AnnotationKeyAppInstance.
    static let applicationAnnotation = "argocd.argoproj.io/tracking-id"

    /// Of the labels or the annotations of an object, those that are named above: the others can be most of the object.
    struct Values: Decodable {
        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private static let keys =
            ([ignore, restarts, podHash, restartedAt, refreshed, desiredReplicas, applicationAnnotation]
            + applicationLabels).map(Key.init)

        var texts: [String: String] = [:]

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            for key in Self.keys {
                texts[key.stringValue] = try fields.decodeIfPresent(String.self, forKey: key)?.cut(
                    toBytes: Rollout.longestText)
            }
        }
    }
}

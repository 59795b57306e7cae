/// The keys of labels and annotations that mean something here. Our own are labels, because the controller copies
/// annotations to ReplicaSets.
package enum Marks {
    package static let ignore = "rollout-heal/ignore"
    package static let restarts = "rollout-heal/restarts"
    package static let podHash = "rollout-heal/pod-hash"
    /// Argo CD: common.LabelKeyAppInstance.
    static let applicationLabel = "app.kubernetes.io/instance"
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

        private static let keys = [ignore, restarts, podHash, applicationLabel, applicationAnnotation].map(Key.init)

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

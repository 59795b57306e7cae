/// The Argo CD application of a Rollout.
extension Rollout {
    /// Whether Argo CD manages this Rollout as part of the application `name`.
    package func belongs(toApplication name: String) -> Bool {
        metadata.belongs(toApplication: name)
    }

    /// Whether this re-read Rollout still belongs to the application `name` like `chosen`: by its mark, or by having
    /// none.
    package func remains(_ chosen: Rollout, ofApplication name: String) -> Bool {
        belongs(toApplication: name) || metadata.application == nil && chosen.metadata.application == nil
    }
}

extension Rollout.Metadata {
    /// The Argo CD application that the object is marked with; nil if there is no mark.
    ///
    /// Argo CD marks objects with an annotation `APPLICATION:GROUP/KIND:NAMESPACE/NAME`, a label, or both; the label's
    /// key is configurable. They are tried from the most to the least reliable: an annotation for another object was
    /// copied and is ignored, and `app.kubernetes.io/instance` may be a Helm release.
    package var application: String? {
        trackedApplication ?? Marks.applicationLabels.lazy.compactMap { labels?[$0] }.first { !$0.isEmpty }
    }

    /// Whether Argo CD manages the object as part of the application `name`.
    ///
    /// For applications outside Argo CD's own namespace, the mark is `NAMESPACE_NAME`.
    package func belongs(toApplication name: String) -> Bool {
        guard !name.isEmpty, let application else { return false }
        return application == name || application.utf8.reversed().starts(with: "_\(name)".utf8.reversed())
    }

    private var trackedApplication: String? {
        guard let tracking = annotations?[Marks.applicationAnnotation], let colon = tracking.firstIndex(of: ":")
        else { return nil }
        let application = tracking[..<colon]
        let isOwn = tracking[colon...].dropFirst() == "argoproj.io/Rollout:\(namespace ?? "")/\(name)"
        return isOwn && !application.isEmpty ? String(application) : nil
    }
}

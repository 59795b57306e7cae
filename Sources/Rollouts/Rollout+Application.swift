/// Argo CD's view of a Rollout.
extension Rollout {
    /// Whether Argo CD manages this Rollout as part of the application `name`.
    package func belongs(toApplication name: String) -> Bool {
        metadata.belongs(toApplication: name)
    }

    /// Whether this, read again, is still one of those that were chosen for the application `name`, as `chosen` was: for its
    /// mark, or for having none.
    package func remains(_ chosen: Rollout, ofApplication name: String) -> Bool {
        belongs(toApplication: name) || metadata.application == nil && chosen.metadata.application == nil
    }
}

extension Rollout.Metadata {
    /// The application of Argo CD that the object is marked with; nil where no mark says any.
    ///
    /// Argo CD marks what it manages with an annotation `APPLICATION:GROUP/KIND:NAMESPACE/NAME`, a label, or both; the key of
    /// the label is a setting. The first of them decides, as one says less than the one before: an annotation that names
    /// another object was copied from there and says nothing, and `app.kubernetes.io/instance` may be a release of Helm.
    package var application: String? {
        trackedApplication ?? Marks.applicationLabels.lazy.compactMap { labels?[$0] }.first { !$0.isEmpty }
    }

    /// Whether Argo CD manages the object as part of the application `name`.
    ///
    /// Outside Argo CD's own namespace an application is written `NAMESPACE_NAME`.
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

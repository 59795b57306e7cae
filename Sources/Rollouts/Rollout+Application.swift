/// Argo CD's view of a Rollout.
extension Rollout {
    /// Whether Argo CD manages this Rollout as part of the application `name`.
    ///
    /// Argo CD marks what it manages with a label, an annotation `APPLICATION:GROUP/KIND:NAMESPACE/NAME`, or both. An
    /// annotation that names another object was copied from there and says nothing. Outside Argo CD's own namespace an
    /// application is written `NAMESPACE_NAME`; a label that only ends so may be anybody's, and the annotation decides.
    package func belongs(toApplication name: String) -> Bool {
        guard !name.isEmpty else { return false }
        let label = metadata.labels?[Marks.applicationLabel]
        let tracked = trackedApplication
        if label == name || tracked == name { return true }
        return (tracked ?? label)?.utf8.reversed().starts(with: "_\(name)".utf8.reversed()) ?? false
    }

    private var trackedApplication: String? {
        guard let tracking = metadata.annotations?[Marks.applicationAnnotation],
            let colon = tracking.firstIndex(of: ":")
        else { return nil }
        let object = "argoproj.io/Rollout:\(metadata.namespace ?? "")/\(metadata.name)"
        return tracking[colon...].dropFirst() == object ? String(tracking[..<colon]) : nil
    }
}

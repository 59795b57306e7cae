/// Argo CD's view of a Rollout.
extension Rollout {
    /// Whether Argo CD manages this Rollout as part of the application `name`.
    ///
    /// Argo CD marks what it manages with a label, an annotation `APPLICATION:GROUP/KIND:NAMESPACE/NAME`, or both. An
    /// annotation that names another object was copied from there and says nothing. Outside Argo CD's own namespace an
    /// application is written `NAMESPACE_NAME`.
    package func belongs(toApplication name: String) -> Bool {
        [metadata.labels?[Marks.applicationLabel], trackedApplication].contains { marked in
            guard let marked, !name.isEmpty else { return false }
            return marked == name || marked.utf8.reversed().starts(with: "_\(name)".utf8.reversed())
        }
    }

    private var trackedApplication: String? {
        guard let tracking = metadata.annotations?[Marks.applicationAnnotation],
            let colon = tracking.firstIndex(of: ":")
        else { return nil }
        let object = "argoproj.io/Rollout:\(metadata.namespace ?? "")/\(metadata.name)"
        return tracking[colon...].dropFirst() == object ? String(tracking[..<colon]) : nil
    }
}

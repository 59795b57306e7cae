internal import KubeClient
internal import Rollouts

/// Follows the namespaces that `watch` selects by their labels, or that opt in.
struct NamespaceWatch: Sendable {
    enum Use: Sendable {
        /// A label selector. Without the right to read namespaces, it is unknown what is meant, so that is an error.
        case selection(String)
        /// Without the right to read namespaces, only what Rollouts themselves say counts.
        case optIn
    }

    /// Time after which a refused list is tried again.
    private static let pauseAfterRefusal = Duration.seconds(300)

    let api: RolloutAPI
    let healer: Healer
    let use: Use
    let timing: Reflector.Timing
    /// Whether an error of the first list is returned, rather than tried again.
    let isFatal: @Sendable (KubeError) -> Bool

    /// Runs until cancelled, or until a fatal error, which it returns.
    ///
    /// - Parameter isKnown: called once, when the namespaces are known for the first time.
    func run(isKnown: @escaping @Sendable () -> Void) async -> KubeError {
        var wasRefused = false
        while true {
            do throws(KubeError) {
                try await follow(isKnown: isKnown)
            } catch {
                guard case .optIn = use, error.status?.code == 403 else { return error }
                if !wasRefused { await healer.cannotReadNamespaces(.api(error)) }
                wasRefused = true
                isKnown()
                do throws(CancellationError) {
                    try await api.time.sleep(Self.pauseAfterRefusal)
                } catch {
                    return .cancelled
                }
            }
        }
    }

    private func follow(isKnown: @escaping @Sendable () -> Void) async throws(KubeError) -> Never {
        var names: Set<String> = []
        var listed: Set<String> = []
        let selector: String? = if case .selection(let selector) = use { selector } else { nil }
        let reflector = Reflector(
            api.client, RolloutAPI.namespaces, namespace: nil, labelSelector: selector, time: api.time, timing: timing,
            isFatal: isFatal)
        try await reflector.run { event in
            switch event {
            case .listing: listed = []
            case .listed(let json):
                if let name = wanted(json) { listed.insert(name) }
            case .synced:
                names = listed
                await tell(names)
                isKnown()
            case .changed(let json):
                if let name = wanted(json) { names.insert(name) } else { names.remove(ObjectName(in: json).name) }
                await tell(names)
            case .deleted(let json):
                names.remove(ObjectName(in: json).name)
                await tell(names)
            case .watching, .heard, .interrupted: break
            }
        }
    }

    /// The namespace's name if it is selected, or opts in.
    private func wanted(_ json: [UInt8]) -> String? {
        guard let namespace = try? decodeObject(Namespace.self, from: json) else { return nil }
        if case .optIn = use, !namespace.optsIn { return nil }
        return namespace.name
    }

    private func tell(_ names: Set<String>) async {
        switch use {
        case .selection: await healer.select(names)
        case .optIn: await healer.optIn(OptIn(namespaces: names))
        }
    }
}

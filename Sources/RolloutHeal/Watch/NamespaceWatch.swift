internal import HTTPTransport
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
    /// Time without contact after which it is no longer known which namespaces opt in.
    static let patience = Duration.seconds(180)

    /// Whether the namespaces are being watched, and what was said about that.
    private struct Contact {
        /// Uptime since which they are not; nil while they are.
        var lostAt: Duration?
        /// Whether the server was silent on the last watch, so that it proves nothing that it accepts the next.
        var isSilent = false
        /// The last error that was reported, until a watch begins.
        var told: String?
        /// Whether no namespace's opt-in counts, because they cannot be read.
        var isClosed = false
        /// Whether the Rollouts are watched already, so that no error may end the program.
        var hasBegun = false
    }

    let api: RolloutAPI
    let healer: Healer
    let use: Use
    let timing: Reflector.Timing
    /// Whether an error of the first list is returned, rather than tried again.
    let isFatal: @Sendable (KubeError) -> Bool

    /// Runs until cancelled, or until a fatal error, which it returns.
    ///
    /// - Parameter isKnown: called when the namespaces are known for the first time, or cannot be; perhaps repeatedly.
    func run(isKnown: @escaping @Sendable () -> Void) async -> KubeError {
        var contact = Contact()
        while true {
            do throws(KubeError) {
                try await follow(&contact, isKnown: isKnown)
            } catch {
                guard isRefusal(error) else { return error }
                await close(&contact, error, isKnown: isKnown)
                do throws(CancellationError) {
                    try await api.time.sleep(Self.pauseAfterRefusal)
                } catch {
                    return .cancelled
                }
            }
        }
    }

    private func follow(
        _ contact: inout Contact, isKnown: @escaping @Sendable () -> Void
    ) async throws(KubeError) -> Never {
        var names: Set<String> = []
        var listed: Set<String> = []
        let selector: String? = if case .selection(let selector) = use { selector } else { nil }
        let client = if case .optIn = use { api.client.expecting(403) } else { api.client }
        let reflector = Reflector(
            client, RolloutAPI.namespaces, namespace: nil, labelSelector: selector, time: api.time, timing: timing,
            isFatal: contact.hasBegun ? isRefusal : isFatal, isFatalLater: isRefusal)
        try await reflector.run { event in
            switch event {
            case .listing: listed = []
            case .listed(let json):
                if let name = wanted(json) { listed.insert(name) } else { listed.remove(ObjectName(in: json).name) }
            case .synced:
                names = listed
                contact.isSilent = false
                await resume(&contact, names)
                await tell(names)
                contact.hasBegun = true
                isKnown()
            case .watching:
                contact.told = nil
                if !contact.isSilent { await resume(&contact, names) }
            case .heard:
                contact.isSilent = false
                await resume(&contact, names)
            case .changed(let json):
                if let name = wanted(json) { names.insert(name) } else { names.remove(ObjectName(in: json).name) }
                await tell(names)
            case .deleted(let json):
                names.remove(ObjectName(in: json).name)
                await tell(names)
            case .interrupted(let error, let pause): await interrupt(&contact, error, pause, isKnown: isKnown)
            }
        }
    }

    /// Whether it is an answer that `--opt-in` can do without.
    private func isRefusal(_ error: KubeError) -> Bool {
        if case .optIn = use { error.status?.code == 403 } else { false }
    }

    /// Reports an error once; after a while without contact, no namespace's opt-in counts any more.
    private func interrupt(
        _ contact: inout Contact, _ error: KubeError?, _ pause: ReflectorState.Pause, isKnown: () -> Void
    ) async {
        if pause.reason == .silent { contact.isSilent = true }
        guard error != nil || contact.isSilent else { return }
        let lostAt = contact.lostAt ?? api.time.uptime()
        contact.lostAt = lostAt
        if let error, pause.reason != .expired, pause.delay > .zero, contact.told != error.message {
            contact.told = error.message
            await healer.namespacesFail(.api(error))
        }
        if case .optIn = use, api.time.uptime() - lostAt >= Self.patience {
            await close(&contact, error ?? Self.silence, isKnown: isKnown)
        }
    }

    private static let silence = KubeError.transport(.timedOut(during: "watching namespaces"), server: "")

    private func close(_ contact: inout Contact, _ error: KubeError, isKnown: () -> Void) async {
        if !contact.isClosed { await healer.cannotReadNamespaces(.api(error)) }
        contact.isClosed = true
        contact.hasBegun = true
        isKnown()
    }

    private func resume(_ contact: inout Contact, _ names: Set<String>) async {
        contact.lostAt = nil
        if contact.isClosed { await tell(names) }
        contact.isClosed = false
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

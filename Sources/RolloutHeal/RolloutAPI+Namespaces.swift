internal import KubeClient
package import Rollouts

/// A namespace, with what its labels and annotations say about its Rollouts.
struct Namespace: Decodable, Sendable {
    private struct Metadata: Decodable {
        var name: String
        var labels: Marks.Values?
        var annotations: Marks.Values?
    }

    private enum Key: CodingKey {
        case metadata
    }

    var name: String
    var optsIn: Bool

    init(from decoder: any Decoder) throws {
        let metadata = try decoder.container(keyedBy: Key.self).decode(Metadata.self, forKey: .metadata)
        name = metadata.name
        optsIn = OptIn.isGiven(labels: metadata.labels?.texts, annotations: metadata.annotations?.texts)
    }
}

extension RolloutAPI {
    static let namespaces = APIResource(group: "", version: "v1", plural: "namespaces")

    /// Returns the names of all namespaces, sorted, from the API server's cache.
    ///
    /// - Throws: ``RolloutHealError`` if listing them fails.
    package func namespaces() async throws(RolloutHealError) -> [String] {
        try await namespaces(ListOptions(namespace: nil, freshness: .cached)).map(\.name).sorted()
    }

    /// The namespaces that the namespace selector of `scope` selects now; nil without one.
    ///
    /// - Throws: ``RolloutHealError`` if listing them fails, or if it selects none: that is probably a mistake, and
    ///   must not look as if all were well.
    func selectedNamespaces(of scope: Scope) async throws(RolloutHealError) -> Set<String>? {
        guard let selector = scope.namespaceSelector else { return nil }
        let names = Set(try await namespaces(ListOptions(namespace: nil, labelSelector: selector)).map(\.name))
        if names.isEmpty { throw .noNamespace(selector: selector) }
        return names
    }

    /// Which namespaces in `scope` opt in for all their Rollouts; where that may not be read, only Rollouts' own labels
    /// and annotations count.
    ///
    /// - Parameter isRefused: called with the reason if it may not be read.
    /// - Throws: ``RolloutHealError`` if reading fails, unless it is forbidden or the namespace does not exist.
    package func optIn(
        in scope: Scope, isRefused: (RolloutHealError) -> Void
    ) async throws(RolloutHealError) -> OptIn {
        let names = Set(scope.names.map(\.namespace) + [scope.namespace].compactMap { $0 })
        return try await optIn(
            of: names.count == 1 ? names.first : nil, isListed: names.count != 1, isRefused: isRefused)
    }

    private func optIn(
        of name: String?, isListed: Bool, isRefused: (RolloutHealError) -> Void = { _ in }
    ) async throws(RolloutHealError) -> OptIn {
        do throws(RolloutHealError) {
            if !isListed, let name {
                let json = try await api { () async throws(KubeError) in
                    try await client.get(Self.namespaces, namespace: nil, name: name)
                }
                return OptIn(namespaces: try decodeObject(Namespace.self, from: json).optsIn ? [name] : [])
            }
            let all = try await namespaces(
                ListOptions(namespace: nil, fieldSelector: name.map { "metadata.name=\($0)" }))
            return OptIn(namespaces: Set(all.filter(\.optsIn).map(\.name)), isOfAll: name == nil)
        } catch .api(let error) where [403, 404].contains(error.status?.code) {
            isRefused(.api(error))
            return OptIn(knowsNamespaces: false)
        }
    }

    /// The same right before a write for `rollout`: with `optIn` as read earlier, unless its namespace matters and has
    /// changed since.
    func optIn(_ optIn: OptIn, for rollout: Rollout) async throws(RolloutHealError) -> OptIn {
        guard !optIn.isGiven(by: rollout), let namespace = rollout.metadata.namespace else { return optIn }
        let now = try await self.optIn(of: namespace, isListed: optIn.isOfAll)
        return now.knowsNamespaces ? now : optIn
    }

    private func namespaces(_ options: ListOptions) async throws(RolloutHealError) -> [Namespace] {
        try await api { () async throws(KubeError) in
            try await all(Namespace.self, of: Self.namespaces, options)
        }
    }
}

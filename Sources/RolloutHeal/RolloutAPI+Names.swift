internal import KubeClient
package import Rollouts

/// A Rollout that was found in another namespace than the one it was requested in.
package struct MovedName: Sendable, Equatable {
    package var asked: RolloutID
    package var found: RolloutID
}

extension RolloutAPI {
    /// The limit for names searched in other namespaces: each takes a list of all namespaces.
    private static let mostSearched = 10

    /// Reads the Rollouts that `scope` names; a failure does not affect the others.
    ///
    /// A missing name is searched in all other namespaces, as far as reading them is allowed.
    ///
    /// - Parameter takesElsewhere: use a Rollout that is in exactly one other namespace; otherwise the error names it.
    func rollouts(
        named scope: Scope, takesElsewhere: Bool = false
    ) async throws(RolloutHealError) -> ReadRollouts {
        if scope.filtersNames { return try await rolloutsByNames(scope) }
        let answers = try await inParallel(scope.names) {
            id async throws(RolloutHealError) -> Result<Rollout, RolloutHealError> in
            do throws(RolloutHealError) {
                return .success(try await self.rollout(namespace: id.namespace, name: id.name))
            } catch {
                return .failure(await self.explained(error, namespace: id.namespace))
            }
        }
        var read = ReadRollouts()
        var searched = 0
        for (id, answer) in zip(scope.names, answers) {
            switch answer {
            case .success(let rollout): read.found.append(rollout)
            case .failure(let error) where error.saysNotFound && searched < Self.mostSearched:
                searched += 1
                let others = await elsewhere(id.name)
                if takesElsewhere, others.count == 1 {
                    read.moved.append(MovedName(asked: id, found: RolloutID(others[0])))
                    read.found.append(others[0])
                } else {
                    let error = others.isEmpty ? error : .elsewhere(others.map { RolloutID($0) }, because: error)
                    read.failures.append(.init(id: id, error: error))
                }
            case .failure(let error):
                read.failures.append(.init(id: id, error: error))
            }
        }
        return read
    }

    /// Returns the Rollouts with one of the names in all namespaces or a selection; a missing name is no error.
    private func rolloutsByNames(_ scope: Scope) async throws(RolloutHealError) -> ReadRollouts {
        let selected = try await selectedNamespaces(of: scope)
        var read = ReadRollouts()
        for name in scope.names.map(\.name).uniqued() {
            read.found += try await rollouts(name: name, namespace: scope.namespace, scope.labelSelector).filter {
                rollout in selected?.contains(RolloutID(rollout).namespace) ?? true
            }
        }
        return read
    }

    /// Returns the Rollouts of that name in all namespaces, sorted; empty if listing is forbidden.
    private func elsewhere(_ name: String) async -> [Rollout] {
        let found = try? await rollouts(name: name, namespace: nil, nil)
        return (found ?? []).sorted { RolloutID($0) < RolloutID($1) }
    }

    /// Lists the Rollouts of one name, in one namespace or in all (nil), that `labelSelector` selects.
    func rollouts(
        name: String, namespace: String?, _ labelSelector: String?
    ) async throws(RolloutHealError) -> [Rollout] {
        let options = ListOptions(
            namespace: namespace, labelSelector: labelSelector, fieldSelector: "metadata.name=\(name)")
        var objects = client.list(Self.rollouts, options).makeAsyncIterator()
        var found: [Rollout] = []
        while let element = try await api({ () async throws(KubeError) in try await objects.next() }) {
            switch element {
            case .startedOver: found = []
            case .item(let json):
                found.append(try decodeObject(Rollout.self, from: json).checked(name, in: namespace))
            }
        }
        return found
    }

    /// Replaces the error by one about the namespace if that does not exist, like kubectl.
    private func explained(_ error: RolloutHealError, namespace: String) async -> RolloutHealError {
        guard case .api(.status(let status)) = error, status.code == 404, namespace != "default" else { return error }
        do throws(KubeError) {
            _ = try await client.get(Self.namespaces, namespace: nil, name: namespace)
            return error
        } catch let other {
            return other.status?.code == 404 ? .api(other) : error
        }
    }
}

extension Array where Element: Hashable {
    /// The elements without duplicates, in order of first appearance.
    package func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

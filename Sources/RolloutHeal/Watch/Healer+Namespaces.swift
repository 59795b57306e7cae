internal import KubeClient
internal import Rollouts

/// Namespaces that come into view or leave it, or opt in, while the watch goes on.
extension Healer {
    /// The Rollouts of namespaces that come into view: they may not change for a long time, so they are listed.
    struct Arrivals {
        /// Namespaces whose list has not begun.
        var waiting: Set<String> = []
        /// Rollouts that the watch has reported since the list of their namespace began: the list may be older.
        var touched: [String: Set<RolloutID>] = [:]

        mutating func note(_ id: RolloutID) {
            if !touched.isEmpty { touched[id.namespace]?.insert(id) }
        }
    }

    private static let longestPause = Duration.seconds(30)
    /// Maximum number of namespaces whose Rollouts are listed at the same time.
    private static let mostArrivals = 4

    /// Takes the complete set of selected namespaces.
    func select(_ namespaces: Set<String>) {
        let before = selected ?? []
        selected = namespaces
        for namespace in before.subtracting(namespaces).sorted() {
            arrivals.waiting.remove(namespace)
            tell(list.leave(namespace, at: uptime))
        }
        unread = unread.filter { shows($0.namespace) }
        // Before the first list of Rollouts, none of them has been left out.
        if hasListed {
            arrivals.waiting.formUnion(namespaces.subtracting(before))
            wakeup.signal()
        }
    }

    func optIn(_ optIn: OptIn) {
        list.optIn(optIn, at: uptime)
        wakeup.signal()
    }

    func namespacesFail(_ error: RolloutHealError) {
        tell([Change(.error, message: "the namespaces cannot be watched: \(error.message); trying again")])
    }

    func cannotReadNamespaces(_ error: RolloutHealError) {
        optIn(OptIn(knowsNamespaces: false))
        tell([
            Change(
                .error, gate: .optOut,
                message: "\(error.message); only Rollouts that opt in themselves are healed")
        ])
    }

    /// Whether the Rollouts of a namespace are in view.
    func shows(_ namespace: String) -> Bool {
        !excludedNamespaces.contains(namespace) && selected?.contains(namespace) ?? true
    }

    /// Returns the namespaces whose list is to begin now.
    func beginArrivals() -> [String] {
        let free = max(0, Self.mostArrivals - arrivals.touched.count)
        let ready = arrivals.waiting.filter { arrivals.touched[$0] == nil }.sorted().prefix(free)
        arrivals.waiting.subtract(ready)
        for namespace in ready { arrivals.touched[namespace] = [] }
        return Array(ready)
    }

    /// Lists the Rollouts of a namespace that has come into view; repeats that, backing off, until it succeeds.
    func arrive(_ namespace: String) async {
        var pause = Duration.seconds(1)
        var told: String?
        while shows(namespace), !Task.isCancelled {
            do throws(KubeError) {
                list.include(namespace)
                try await observeAll(of: namespace)
                break
            } catch {
                if error == .cancelled { break }
                if told != error.message {
                    tell([
                        Change(
                            .error,
                            message: "the Rollouts of namespace \(namespace) cannot be listed: \(error.message)")
                    ])
                }
                told = error.message
            }
            do throws(RolloutHealError) {
                try await api.pause(pause * (1 + api.time.random()))
            } catch {
                break
            }
            pause = min(pause * 2, Self.longestPause)
        }
        arrivals.touched[namespace] = nil
        wakeup.signal()
    }

    private func observeAll(of namespace: String) async throws(KubeError) {
        let options = ListOptions(namespace: namespace, labelSelector: labelSelector)
        var objects = api.client.list(RolloutAPI.rollouts, options).makeAsyncIterator()
        while let element = try await objects.next() {
            guard case .item(let json) = element, shows(namespace) else { continue }
            if arrivals.touched[namespace]?.contains(ObjectName(in: json).id) == false { observe(json) }
        }
    }
}

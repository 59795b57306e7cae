package import KubeClient
package import Rollouts

/// Watches the Rollouts of a cluster until cancelled and, if it heals, refreshes and restarts those proven to need it.
package struct WatchRollouts: Sendable {
    package struct Options: Sendable {
        /// Its `names` are ignored.
        package var scope: Scope
        package var excludedNamespaces: Set<String> = []
        package var settings = Watchlist.Settings()
        package var timing = Reflector.Timing()

        package init(scope: Scope) {
            self.scope = scope
        }
    }

    private let api: RolloutAPI
    private let options: Options
    private let healer: Healer

    /// - Parameters:
    ///   - isLeading: called right before each write; only a leader writes.
    ///   - report: called for every report, one at a time; must not block.
    package init(
        _ api: RolloutAPI, _ options: Options, isLeading: @escaping @Sendable () -> Bool = { true },
        report: @escaping @Sendable (WatchReport) -> Void
    ) {
        self.api = api
        self.options = options
        healer = Healer(api, options, isLeading: isLeading, report: report)
    }

    /// The current state.
    package var view: WatchView {
        get async { await healer.view }
    }

    /// The same as ``view``, with the Rollouts that need no step; for the page.
    package var wholeView: WatchView {
        get async { await healer.wholeView }
    }

    /// Time since the loop's last turn; nil before the first.
    package var idleTime: Duration? {
        get async { await healer.idleTime }
    }

    /// Makes scheduled reads due at once; call it when this replica begins to lead.
    package func takeOver() async {
        await healer.takeOver()
    }

    /// Runs until cancelled, then waits for writes under way, at most ``Healer/grace``.
    ///
    /// Throws an error of the first list (if it heals, only a lasting one), and when cancelled.
    package func run() async throws(RolloutHealError) -> Never {
        let worker = Task { await healer.run() }
        let error = await firstFailure()
        worker.cancel()
        await worker.value
        throw .api(error)
    }

    /// Follows the Rollouts, once it is known which namespaces are meant, until something fails or is cancelled.
    private func firstFailure() async -> KubeError {
        let heals = options.settings.heals
        let isFatal: @Sendable (KubeError) -> Bool = { !heals || $0.isLasting }
        let reflector = Reflector(
            api.client, RolloutAPI.rollouts, namespace: options.scope.namespace,
            labelSelector: options.scope.labelSelector, time: api.time, timing: options.timing, isFatal: isFatal)
        var uses: [NamespaceWatch.Use] = options.settings.rule.optIn == nil ? [] : [.optIn]
        if let selector = options.scope.namespaceSelector { uses.append(.selection(selector)) }
        let namespaceWatches = uses.map {
            NamespaceWatch(api: api, healer: healer, use: $0, timing: options.timing, isFatal: isFatal)
        }
        return await withTaskGroup(of: KubeError.self) { group in
            let known = namespaceWatches.map { watch in
                let (stream, input) = AsyncStream.makeStream(of: Void.self)
                group.addTask { await watch.run { input.finish() } }
                return stream
            }
            group.addTask {
                for stream in known { for await _ in stream {} }
                if Task.isCancelled { return .cancelled }  // a cancelled stream only ends
                do throws(KubeError) {
                    try await reflector.run { await healer.handle($0) }
                } catch {
                    return error
                }
            }
            let first = await group.next() ?? .cancelled
            group.cancelAll()
            return first
        }
    }
}

extension KubeError {
    /// Whether repeating the request is of no use until somebody has changed something.
    fileprivate var isLasting: Bool {
        switch self {
        case .status(let status): (400..<500).contains(status.code) && status.code != 429 && status.code != 410
        case .notServed, .invalidName: true
        case .transport, .malformed, .credential, .overtaken, .cancelled: false
        }
    }
}

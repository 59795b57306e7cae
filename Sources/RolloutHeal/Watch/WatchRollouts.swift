package import KubeClient
package import Rollouts

/// Follows the Rollouts of a cluster and, if it heals, refreshes and restarts those that are proven to need it; for ever.
package struct WatchRollouts: Sendable {
    package struct Options: Sendable {
        /// Its names are not looked at.
        package var scope: Scope
        package var excludedNamespaces: Set<String> = []
        package var settings = Watchlist.Settings()
        package var timing = Reflector.Timing()
        /// Reads of ReplicaSets a second, once `readBurst` are used.
        package var readsPerSecond = Options.defaultReadsPerSecond
        package var readBurst = Options.defaultReadBurst

        /// As client-go's `rest.Config` has them.
        package static let defaultReadsPerSecond = 5.0
        package static let defaultReadBurst = 10

        package init(scope: Scope) {
            self.scope = scope
        }
    }

    private let api: RolloutAPI
    private let options: Options
    private let healer: Healer

    /// - Parameters:
    ///   - isLeading: asked right before each write; only a leader writes.
    ///   - report: told of everything, one at a time; must not wait.
    package init(
        _ api: RolloutAPI, _ options: Options, isLeading: @escaping @Sendable () -> Bool = { true },
        report: @escaping @Sendable (WatchReport) -> Void
    ) {
        self.api = api
        self.options = options
        healer = Healer(api, options, isLeading: isLeading, report: report)
    }

    /// What is known now.
    package var view: WatchView {
        get async { await healer.view }
    }

    /// As ``view``, with those too that nothing is done about: for a page.
    package var wholeView: WatchView {
        get async { await healer.wholeView }
    }

    /// Seconds since the loop last turned; nil before it began.
    package var idleTime: Duration? {
        get async { await healer.idleTime }
    }

    /// To be called when this replica begins to lead: what is due is due at once.
    package func takeOver() async {
        await healer.takeOver()
    }

    /// Runs until it is cancelled, and then for as long as writes under way take, at most ``Healer/grace``.
    ///
    /// Throws only for what was wrong from the start, and when it is cancelled.
    package func run() async throws(RolloutHealError) -> Never {
        let heals = options.settings.heals
        let reflector = Reflector(
            api.client, RolloutAPI.rollouts, namespace: options.scope.namespace,
            labelSelector: options.scope.labelSelector, time: api.time, timing: options.timing,
            isFatal: { !heals || $0.isLasting })
        let worker = Task { await healer.run() }
        do throws(KubeError) {
            try await reflector.run { await healer.handle($0) }
        } catch {
            worker.cancel()
            await worker.value
            throw .api(error)
        }
    }
}

extension KubeError {
    /// No use to try again before somebody has changed something.
    fileprivate var isLasting: Bool {
        switch self {
        case .status(let status): (400..<500).contains(status.code) && status.code != 429 && status.code != 410
        case .notServed, .invalidName: true
        case .transport, .malformed, .credential, .overtaken, .cancelled: false
        }
    }
}

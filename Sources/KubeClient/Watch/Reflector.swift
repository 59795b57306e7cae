/// Reports every object of a resource: a list, then its changes, then another list when needed.
///
/// Level-triggered: after each `synced`, the listed objects are all there are. Stores no objects.
package struct Reflector: Sendable {
    package enum Event: Sendable, Equatable {
        /// A list starts, or starts over: discard the one in progress.
        case listing
        /// An object of the list, as JSON.
        case listed([UInt8])
        /// The list is complete: objects that were not in it are gone.
        case synced
        /// The server has accepted a watch: changes are reported from now on.
        case watching
        /// The first event, or bookmark, after a watch on which the server was silent for too long.
        case heard
        case changed([UInt8])
        /// The object's last state, as JSON.
        case deleted([UInt8])
        /// A list or watch ended and is retried after the pause; no error if the server ended a watch as scheduled.
        case interrupted(KubeError?, ReflectorState.Pause)
    }

    package struct Timing: Sendable {
        /// The requested duration of a watch, randomly extended to up to twice that (client-go).
        package var watchTimeout = Duration.seconds(300)
        /// The silence after an event after which a watch counts as dead; API servers then send a bookmark every minute.
        package var stallTimeout = Duration.seconds(150)
        /// The time between lists while all is well, randomly extended by up to a fifth; nil for none.
        package var resync: Duration? = .seconds(600)
        /// Whether lists are streamed if the server offers it.
        package var streamsLists = false
        /// The silence after which a server counts as one that does not offer it.
        package var streamStallTimeout = Duration.seconds(10)

        package init() {}
    }

    private let client: KubeClient
    private let time: TimeSource
    private let resource: APIResource
    private let namespace: String?
    private let labelSelector: String?
    private let timing: Timing
    /// Whether an error before the first complete list ends ``run(_:)``.
    private let isFatal: @Sendable (KubeError) -> Bool
    /// Whether an error of a later list ends ``run(_:)``.
    private let isFatalLater: @Sendable (KubeError) -> Bool

    /// - Parameters:
    ///   - namespace: nil for all namespaces.
    ///   - isFatal: called for errors until a list has succeeded.
    ///   - isFatalLater: called for errors of later lists.
    package init(
        _ client: KubeClient, _ resource: APIResource, namespace: String?, labelSelector: String? = nil,
        time: TimeSource, timing: Timing = Timing(),
        isFatal: @escaping @Sendable (KubeError) -> Bool = { _ in false },
        isFatalLater: @escaping @Sendable (KubeError) -> Bool = { _ in false }
    ) {
        self.client = client
        self.resource = resource
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.time = time
        self.timing = timing
        self.isFatal = isFatal
        self.isFatalLater = isFatalLater
    }

    /// Runs until cancelled. `handle` delays the next event until it returns.
    ///
    /// - Throws: ``KubeError/cancelled``, or an error that `isFatal` or `isFatalLater` accepts.
    package func run(_ handle: (Event) async -> Void) async throws(KubeError) -> Never {
        var state = ReflectorState(streamsLists: timing.streamsLists)
        var hasSynced = false
        var resyncAt: Duration?
        var isSilent = false
        while true {
            if let resyncAt, time.uptime() + .seconds(1) > resyncAt { state.resync() }
            switch state.step {
            case .list(let freshness):
                do throws(KubeError) {
                    let version = try await list(freshness, state: &state, handle)
                    state.listed(resourceVersion: version)
                    hasSynced = true
                    resyncAt = timing.resync.map { time.uptime() + $0 * (1 + time.random() / 5) }
                    await handle(.synced)
                    if version == nil { try await sleep(timing.watchTimeout) }
                } catch {
                    if error == .cancelled || (hasSynced ? isFatalLater : isFatal)(error) { throw error }
                    let pause = state.listFailed(error, at: time.uptime(), random: time.random())
                    await handle(.interrupted(error, pause))
                    try await sleep(pause.delay)
                }
            case .confirm(let version):
                do throws(KubeError) {
                    try await client.confirm(resource, namespace: namespace, isNotOlderThan: version)
                    state.confirmed()
                } catch {
                    if error == .cancelled { throw error }
                    let pause = state.notConfirmed(error, at: time.uptime(), random: time.random())
                    await handle(.interrupted(error, pause))
                    try await sleep(pause.delay)
                }
            case .watch(let version):
                let start = time.uptime()
                var hadEvents = false
                let stretch = Stretch(version: version, resyncAt: resyncAt, followsSilence: isSilent)
                let ending = try await watch(stretch, state: &state, hadEvents: &hadEvents, handle)
                let pause = state.watchEnded(
                    ending, lasted: time.uptime() - start, hadEvents: hadEvents, at: time.uptime(),
                    random: time.random())
                isSilent = pause.reason == .silent || (isSilent && !hadEvents)
                await handle(.interrupted(ending.error, pause))
                try await sleep(pause.delay)
            }
        }
    }

    /// Returns the version of the list; nil if the server sends none.
    private func list(
        _ freshness: ListOptions.Freshness, state: inout ReflectorState, _ handle: (Event) async -> Void
    ) async throws(KubeError) -> String? {
        if state.streamsLists, let version = freshness.streamedVersion {
            await handle(.listing)
            do throws(KubeError) {
                return try await streamedList(notOlderThan: version, handle)
            } catch {
                guard state.listsInstead(after: error) else { throw error }
            }
        }
        await handle(.listing)
        let options = ListOptions(
            namespace: namespace, labelSelector: labelSelector, freshness: freshness, isBeforeWatch: true)
        var objects = client.list(resource, options).makeAsyncIterator()
        while let element = try await objects.next() {
            switch element {
            case .startedOver: await handle(.listing)
            case .item(let json): await handle(.listed(json))
            }
        }
        return objects.resourceVersion
    }

    /// Receives a streaming list, and returns its version.
    ///
    /// The stream ends here: the watch that follows is the same whichever way the list came.
    ///
    /// - Throws: ``KubeError`` if the server does not offer it, or sends anything but objects before the last bookmark.
    private func streamedList(
        notOlderThan version: String, _ handle: (Event) async -> Void
    ) async throws(KubeError) -> String {
        var options = WatchOptions(
            namespace: namespace, labelSelector: labelSelector, resourceVersion: version, timeout: timing.watchTimeout,
            stallTimeout: timing.streamStallTimeout)
        options.beginsWithList = true
        var events = try await client.watch(resource, options)
        var items = 0
        while let event = try await events.next() {
            switch event.kind {
            case .changed where items < ListedObjects.Iterator.mostItems:
                items += 1
                await handle(.listed(event.object))
            case .listed:
                if let version = event.resourceVersion { return version }
                throw .malformed(what: "its list has no resourceVersion", url: resource.qualifiedName)
            case .failed(let status): throw .status(status)
            case .changed, .deleted, .bookmark:
                throw .malformed(what: "it does not begin with a list", url: resource.qualifiedName)
            }
        }
        throw .malformed(what: "it ends before its list", url: resource.qualifiedName)
    }

    /// One watch among several.
    private struct Stretch {
        var version: String
        /// The uptime at which the next list is due.
        var resyncAt: Duration?
        /// Whether the server was silent for too long on the watch before.
        var followsSilence: Bool
    }

    private func watch(
        _ stretch: Stretch, state: inout ReflectorState, hadEvents: inout Bool, _ handle: (Event) async -> Void
    ) async throws(KubeError) -> ReflectorState.Ending {
        let longest = timing.watchTimeout * (1 + time.random())
        // The server ends the watch when the next list is due.
        let timeout = stretch.resyncAt.map { min(longest, max($0 - time.uptime(), .seconds(1))) } ?? longest
        let options = WatchOptions(
            namespace: namespace, labelSelector: labelSelector, resourceVersion: stretch.version, timeout: timeout,
            stallTimeout: timing.stallTimeout)
        var events: WatchedEvents
        do throws(KubeError) {
            events = try await client.watch(resource, options)
        } catch {
            if error == .cancelled { throw error }
            return .refused(error)
        }
        await handle(.watching)
        do throws(KubeError) {
            while let event = try await events.next() {
                if case .failed(let status) = event.kind { return .failed(status) }
                if stretch.followsSilence, !hadEvents { await handle(.heard) }
                hadEvents = true
                switch event.kind {
                case .changed: await handle(.changed(event.object))
                case .deleted: await handle(.deleted(event.object))
                case .bookmark, .listed, .failed: break
                }
                state.advanced(to: event.resourceVersion)
            }
        } catch {
            if error == .cancelled { throw error }
            return .broke(error)
        }
        return .closed
    }

    private func sleep(_ duration: Duration) async throws(KubeError) {
        do throws(CancellationError) {
            try await time.sleep(duration)
        } catch {
            throw .cancelled
        }
    }
}

extension ListOptions.Freshness {
    /// The version that asks for the same as a streaming list; nil if it would have to wait for etcd.
    fileprivate var streamedVersion: String? {
        switch self {
        case .cached: "0"
        case .notOlderThan(let version): version
        case .latest: nil
        }
    }
}

extension ReflectorState.Ending {
    /// The error that ended the watch, if any.
    var error: KubeError? {
        switch self {
        case .closed: nil
        case .refused(let error), .broke(let error): error
        case .failed(let status): .status(status)
        }
    }
}

internal import KubeClient
internal import Rollouts
internal import Synchronization

/// Performs the reads and writes that the ``Watchlist`` requests, and the waiting in between.
actor Healer {
    /// Maximum time that writes under way may take after the work has ended.
    static let grace = Duration.milliseconds(600)
    /// Maximum number of concurrent batches of evidence reads.
    private static let maxBatches = 4
    private static let maxUnreadable = 1000
    private static let manyCases = 500

    let api: RolloutAPI
    private var restart: RestartRollouts
    /// Nil means all namespaces.
    private let namespace: String?
    let excludedNamespaces: Set<String>
    let labelSelector: String?
    /// Nil if namespaces are not selected by their labels.
    var selected: Set<String>?
    var arrivals = Arrivals()
    /// Whether a list of the Rollouts has begun.
    private(set) var hasListed = false
    private let isLeading: @Sendable () -> Bool
    private let report: @Sendable (WatchReport) -> Void
    let wakeup = Wakeup()
    var list: Watchlist
    private var batches = 0
    /// Writes under way, by a number: one name can have two if its Rollout was deleted and created again.
    private var writes: [Int: Task<Void, Never>] = [:]
    private var writeCount = 0
    private nonisolated let isStopping = Atomic(false)
    /// Errors reported for unreadable Rollouts, by name.
    private var unreadable: [String: RolloutHealError] = [:]
    /// Unreadable Rollouts that still exist.
    var unread: Set<RolloutID> = []
    private var trouble: RolloutHealError?
    /// Watches in a row on which the server was silent for too long.
    private var silentWatches = 0
    private var isServed = true
    /// The number of silent watches after which nothing is known of the Rollouts.
    private static let mostSilentWatches = 2
    private var lastTurn: Duration?

    init(
        _ api: RolloutAPI, _ options: WatchRollouts.Options, isLeading: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (WatchReport) -> Void
    ) {
        self.api = api
        restart = RestartRollouts(api, rule: options.settings.rule)
        restart.grace = .zero  // writes under way have ``grace`` together
        namespace = options.scope.namespace
        excludedNamespaces = options.excludedNamespaces
        labelSelector = options.scope.labelSelector
        selected = options.scope.namespaceSelector == nil ? nil : []
        list = Watchlist(options.settings)
        self.isLeading = isLeading
        self.report = report
    }

    var uptime: Duration { api.time.uptime() }

    var view: WatchView {
        var census = list.census
        census.unreadable = unread.count
        return WatchView(
            rows: list.rows(now: api.now, at: uptime), count: list.count, isSynced: list.isSynced,
            isStormy: list.isStormy, isLagging: list.isLagging, givenUp: list.givenUp, degraded: list.degraded,
            census: census, now: api.now, trouble: trouble, blindness: blindness)
    }

    private var blindness: Blindness? {
        if !isServed { return .notServed }
        return silentWatches >= Self.mostSilentWatches ? .silent : nil
    }

    /// The same as ``view``, with the Rollouts that need no step.
    var wholeView: WatchView {
        var view = view
        view.others = list.otherRows
        return view
    }

    var idleTime: Duration? {
        lastTurn.map { uptime - $0 }
    }

    func takeOver() {
        list.takeOver(at: uptime)
        wakeup.signal()
    }

    // MARK: Events of the watch

    func handle(_ event: Reflector.Event) {
        switch event {
        case .listing:
            hasListed = true
            // The list names those that still exist.
            unread = []
            list.beginSnapshot()
        case .listed(let json), .changed(let json):
            if !arrivals.touched.isEmpty { arrivals.note(ObjectName(in: json).id) }
            observe(json)
        case .deleted(let json): remove(json)
        case .watching:
            trouble = nil
            report(.watching)
        case .heard: silentWatches = 0
        case .synced:
            trouble = nil
            isServed = true
            let changes = list.endSnapshot(now: api.now, at: uptime)
            report(.synced(count: list.count))
            tell(changes)
            wakeup.signal()
        case .interrupted(let error, let pause):
            trouble = pause.reason == .ended ? nil : error.map { .api($0) }
            if pause.reason == .silent { silentWatches += 1 }
            if case .notServed = error { isServed = false }
            report(.interrupted(error.map { .api($0) }, pause))
        }
    }

    func observe(_ json: [UInt8]) {
        do throws(RolloutHealError) {
            let rollout = try decodeObject(Rollout.self, from: json).checked(in: namespace)
            unread.remove(RolloutID(rollout))
            guard shows(rollout.metadata.namespace ?? "") || list.isLeaving(RolloutID(rollout)) else {
                return list.exclude(rollout)
            }
            let before = list.caseCount
            tell(list.observe(rollout, now: api.now, at: uptime))
            if list.caseCount > 0 || before > 0 { wakeup.signal() }
        } catch {
            let name = ObjectName(in: json)
            list.keep(name.id)  // an unreadable Rollout still exists
            complain(error, about: name.text)
            if unread.count < Self.maxUnreadable, shows(name.id.namespace) { unread.insert(name.id) }
        }
    }

    private func remove(_ json: [UInt8]) {
        do throws(RolloutHealError) {
            let rollout = try decodeObject(Rollout.self, from: json).checked(in: namespace)
            unread.remove(RolloutID(rollout))
            arrivals.note(RolloutID(rollout))
            tell(list.remove(RolloutID(rollout), at: uptime))
        } catch {
            let name = ObjectName(in: json)
            unread.remove(name.id)
            tell(list.remove(name.id, at: uptime))
            complain(error, about: name.text)
        }
    }

    private func complain(_ error: RolloutHealError, about name: String) {
        guard unreadable[name] != error else { return }
        if unreadable.count == Self.maxUnreadable { unreadable.removeAll() }
        unreadable[name] = error
        report(.unreadable(error))
    }

    func tell(_ changes: [Change]) {
        for change in changes { report(.change(change)) }
    }

    // MARK: Reads and writes

    /// Runs until cancelled, then waits for the writes under way.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                lastTurn = uptime
                let (changes, looks) = list.due(now: api.now, at: uptime, mayLook: mayLook)
                tell(changes)
                for namespace in beginArrivals() { group.addTask { await self.arrive(namespace) } }
                if looks.isEmpty {
                    await pause()
                } else {
                    batches += 1
                    group.addTask { await self.look(at: looks) }
                }
            }
            isStopping.store(true, ordering: .sequentiallyConsistent)
        }
        await finishWrites()
    }

    private var mayLook: Bool { batches < Self.maxBatches }

    /// Waits until something is due or changed, but at most 10 s, so that the loop proves that it is alive.
    ///
    /// Each turn visits every case, so with many cases it first waits in order to collect changes.
    private func pause() async {
        if list.caseCount > Self.manyCases {
            do throws(CancellationError) {
                try await api.time.sleep(.microseconds(10) * list.caseCount)
            } catch {
                return
            }
        }
        let now = uptime
        let next = min(list.nextDue(at: now, mayLook: mayLook) ?? .seconds(10) + now, now + .seconds(10))
        let timer = Task { [time = api.time, wakeup] in
            do throws(CancellationError) {
                try await time.sleep(max(next - now, .milliseconds(1)))
                wakeup.signal()
            } catch {
                return  // woken by another signal
            }
        }
        await wakeup.wait()
        timer.cancel()
    }

    private func look(at rollouts: [Rollout]) async {
        await api.read(for: rollouts) { asked, answer, askedAt in
            await self.judge(asked, answer, askedAt: askedAt)
        }
        batches -= 1
        wakeup.signal()
    }

    /// Whether this replica leads and is not stopping; evaluated right before each write.
    nonisolated var mayWrite: Bool { isLeading() && !isStopping.load(ordering: .sequentiallyConsistent) }

    private func judge(
        _ asked: [Rollout], _ answer: Result<[RolloutID: Evidence], RolloutHealError>, askedAt: Duration
    ) {
        for rollout in asked {
            switch answer {
            case .success(let evidence):
                let judgement = list.judge(
                    rollout, evidence[RolloutID(rollout)] ?? .notGiven, mayHeal: mayWrite, now: api.now, at: uptime,
                    random: api.time.random())
                tell(judgement.changes)
                if let due = judgement.restart {
                    let seen = evidence[RolloutID(rollout)] ?? .notGiven
                    write { await self.send(due, seen, askedAt: askedAt) }
                }
                if let stalled = judgement.takeBack { write { await self.takeBack(stalled) } }
                if let order = judgement.refresh { write { await self.refresh(order) } }
            case .failure(.api(.cancelled)): break  // cancelled at the end
            case .failure(let error):
                tell(
                    list.lookFailed(
                        rollout, "its ReplicaSets cannot be read: \(error.message)", now: api.now, at: uptime,
                        random: api.time.random()))
            }
        }
    }

    func refreshed(_ order: RefreshOrder, _ result: RefreshResult) {
        tell(list.refreshed(order, result, now: api.now, at: uptime, random: api.time.random()))
    }

    /// Starts a write in its own task, so that the end of the work does not cancel it midway.
    private func write(_ work: @escaping @Sendable () async -> Void) {
        writeCount += 1
        let number = writeCount
        writes[number] = Task {
            await work()
            self.writes[number] = nil
            self.wakeup.signal()
        }
    }

    private func send(_ rollout: Rollout, _ evidence: Evidence, askedAt: Duration) async {
        let random = api.time.random()
        guard !isStopping.load(ordering: .sequentiallyConsistent) else {
            return tell(list.notWritten(rollout, now: api.now, at: uptime, random: random))
        }
        do throws(RolloutHealError) {
            if let reading = try await closedBudget(of: rollout, evidence) {
                return tell(list.heldBack(rollout, reading, now: api.now, at: uptime))
            }
            switch try await restart.restart(rollout, askedAt: askedAt, mayWrite: { [self] in mayWrite }) {
            case .done(.restarted(let restartAt, let attempt, let generation)):
                tell(
                    list.restarted(
                        rollout, restartAt: restartAt, attempt: attempt, generation: generation, now: api.now,
                        at: uptime))
            case .done: tell(list.notWritten(rollout, now: api.now, at: uptime, random: random))
            case .again(let again) where again.error == .api(.cancelled): break  // as below
            case .again(let again) where again.reason == .unknown:
                tell(
                    list.restartFailed(
                        rollout, again.error?.message ?? "", sent: again.sent?.restartAt, after: again.pause,
                        now: api.now, at: uptime, random: random))
            case .again(let again):
                tell(
                    list.notWritten(
                        rollout, again.error?.message, isConflict: again.reason == .moved, after: again.pause,
                        now: api.now, at: uptime, random: random))
            }
        } catch .api(.cancelled) {
            return  // cancelled at the end: the object shows the result
        } catch {
            tell(list.restartFailed(rollout, error.message, now: api.now, at: uptime, random: random))
        }
    }

    private func takeBack(_ rollout: Rollout) async {
        let random = api.time.random()
        do throws(RolloutHealError) {
            guard mayWrite, let patch = RestartPatch.cancel(rollout, now: api.now) else {
                return tell(list.takeBackFailed(rollout, nil, now: api.now, at: uptime, random: random))
            }
            let written = try await restart.write(patch, to: rollout, isStillWanted: { [self] in mayWrite })
            guard case .again(let again) = written else {
                return tell(list.takenBack(rollout, now: api.now, at: uptime))
            }
            if again.error == .api(.cancelled) { return }  // as below
            // Overtaken: by a loss of the Lease, of which its own line tells.
            let message = [.moved, .overtaken].contains(again.reason) ? nil : again.error?.message
            tell(
                list.takeBackFailed(
                    rollout, message, after: again.pause, now: api.now, at: uptime, random: random))
        } catch .api(.cancelled) {
            return  // cancelled at the end: the next process takes it back
        } catch {
            tell(list.takeBackFailed(rollout, error.message, now: api.now, at: uptime, random: random))
        }
    }

    /// Reads PodDisruptionBudgets only for a Rollout about to be restarted.
    private func closedBudget(of rollout: Rollout, _ evidence: Evidence) async throws(RolloutHealError) -> Reading? {
        guard list.settings.rule.policy != .rule else { return nil }
        let budgets = try await api.budgets(namespace: rollout.metadata.namespace ?? "")
        return list.settings.rule.verdict(on: rollout, evidence, budgets, now: api.now)?.heldBy
    }

    private func finishWrites() async {
        let pending = Array(writes.values)
        let deadline = Task { [time = api.time] in
            do throws(CancellationError) {
                try await time.sleep(Self.grace)
                for write in pending { write.cancel() }
            } catch {
                return  // all writes have ended
            }
        }
        for write in pending { await write.value }
        deadline.cancel()
    }
}

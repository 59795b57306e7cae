internal import KubeClient
internal import Rollouts

/// Performs what the ``Watchlist`` decides: looks, writes, and the waiting in between.
actor Healer {
    /// How long a write may take to end once the work is over.
    static let grace = Duration.milliseconds(600)
    /// Batches of looks under way at once.
    private static let maxBatches = 4
    private static let maxUnreadable = 1000
    private static let manyCases = 500

    private let api: RolloutAPI
    private let restart: RestartRollouts
    /// Nil is all of them.
    private let namespace: String?
    private let excludedNamespaces: Set<String>
    private let isLeading: @Sendable () -> Bool
    private let report: @Sendable (WatchReport) -> Void
    private let wakeup = Wakeup()
    private var list: Watchlist
    private var batches = 0
    /// Under way, by a number of their own: of one name there may be two, when it was made anew meanwhile.
    private var writes: [Int: Task<Void, Never>] = [:]
    private var writeCount = 0
    private var isStopping = false
    private var unreadable: [String: RolloutHealError] = [:]
    private var trouble: RolloutHealError?
    private var lastTurn: Duration?

    init(
        _ api: RolloutAPI, _ options: WatchRollouts.Options, isLeading: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (WatchReport) -> Void
    ) {
        self.api = api
        restart = RestartRollouts(api, rule: options.settings.rule)
        namespace = options.scope.namespace
        excludedNamespaces = options.excludedNamespaces
        list = Watchlist(options.settings)
        self.isLeading = isLeading
        self.report = report
    }

    private var uptime: Duration { api.time.uptime() }

    var view: WatchView {
        WatchView(
            rows: list.rows(now: api.now, at: uptime), count: list.count, isSynced: list.isSynced,
            isStormy: list.isStormy, givenUp: list.givenUp, degraded: list.degraded, now: api.now, trouble: trouble)
    }

    var idleTime: Duration? {
        lastTurn.map { uptime - $0 }
    }

    func takeOver() {
        list.takeOver(at: uptime)
        wakeup.signal()
    }

    // MARK: What is seen

    func handle(_ event: Reflector.Event) {
        switch event {
        case .listing: list.beginSnapshot()
        case .listed(let json), .changed(let json): observe(json)
        case .deleted(let json): remove(json)
        case .watching:
            trouble = nil
            report(.watching)
        case .synced:
            trouble = nil
            let changes = list.endSnapshot(now: api.now, at: uptime)
            report(.synced(count: list.count))
            tell(changes)
            wakeup.signal()
        case .interrupted(let error, let pause):
            trouble = pause.reason == .ended ? nil : error.map { .api($0) }
            report(.interrupted(error.map { .api($0) }, pause))
        }
    }

    private func observe(_ json: [UInt8]) {
        do throws(RolloutHealError) {
            let rollout = try decodeObject(Rollout.self, from: json).checked(in: namespace)
            guard !excludedNamespaces.contains(rollout.metadata.namespace ?? "") else { return }
            let before = list.caseCount
            tell(list.observe(rollout, now: api.now, at: uptime))
            if list.caseCount > 0 || before > 0 { wakeup.signal() }
        } catch {
            let name = ObjectName(in: json)
            list.keep(name.id)  // what cannot be read is not gone
            complain(error, about: name.text)
        }
    }

    private func remove(_ json: [UInt8]) {
        do throws(RolloutHealError) {
            let rollout = try decodeObject(Rollout.self, from: json).checked(in: namespace)
            tell(list.remove(RolloutID(rollout)))
        } catch {
            let name = ObjectName(in: json)
            tell(list.remove(name.id))
            complain(error, about: name.text)
        }
    }

    private func complain(_ error: RolloutHealError, about name: String) {
        guard unreadable[name] != error else { return }
        if unreadable.count == Self.maxUnreadable { unreadable.removeAll() }
        unreadable[name] = error
        report(.unreadable(error))
    }

    private func tell(_ changes: [Change]) {
        for change in changes { report(.change(change)) }
    }

    // MARK: What is done

    /// Runs until it is cancelled, then waits for the writes under way.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                lastTurn = uptime
                let (changes, looks) = list.due(now: api.now, at: uptime, mayLook: mayLook)
                tell(changes)
                if looks.isEmpty {
                    await pause()
                } else {
                    batches += 1
                    group.addTask { await self.look(at: looks) }
                }
            }
            isStopping = true
        }
        await finishWrites()
    }

    private var mayLook: Bool { batches < Self.maxBatches }

    /// Until something is due, or somebody says that something has changed; at most 10 s, to be seen alive.
    ///
    /// Each turn goes through all that is in trouble: with thousands, changes wait for each other a little.
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
                return  // somebody else was first
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

    private func judge(
        _ asked: [Rollout], _ answer: Result<[RolloutID: Evidence], RolloutHealError>, askedAt: Duration
    ) {
        for rollout in asked {
            switch answer {
            case .success(let evidence):
                let (changes, due) = list.judge(
                    rollout, evidence[RolloutID(rollout)] ?? .live([]), mayHeal: !isStopping && isLeading(),
                    now: api.now, at: uptime)
                tell(changes)
                if let due { write(due, askedAt: askedAt) }
            case .failure(.api(.cancelled)): break  // it ends
            case .failure(let error):
                tell(
                    list.lookFailed(
                        rollout, "its ReplicaSets cannot be read: \(error.message)", now: api.now, at: uptime,
                        random: api.time.random()))
            }
        }
    }

    /// In a task of its own, which the end of the work does not cut off in the middle of a write.
    private func write(_ rollout: Rollout, askedAt: Duration) {
        writeCount += 1
        let number = writeCount
        writes[number] = Task {
            await self.send(rollout, askedAt: askedAt)
            self.writes[number] = nil
            self.wakeup.signal()
        }
    }

    private func send(_ rollout: Rollout, askedAt: Duration) async {
        let random = api.time.random()
        guard !isStopping else {
            return tell(list.notWritten(rollout, now: api.now, at: uptime, random: random))
        }
        do throws(RolloutHealError) {
            switch try await restart.restart(rollout, askedAt: askedAt, mayWrite: isLeading) {
            case .done(.restarted(let restartAt, let attempt)):
                tell(
                    list.restarted(
                        rollout, restartAt: restartAt, attempt: attempt, now: api.now, at: uptime))
            case .done: tell(list.notWritten(rollout, now: api.now, at: uptime, random: random))
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
            return  // cut off at the end: what became of it shows on the object
        } catch {
            tell(list.restartFailed(rollout, error.message, now: api.now, at: uptime, random: random))
        }
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

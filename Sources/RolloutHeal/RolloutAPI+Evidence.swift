internal import KubeClient
internal import Synchronization
internal import Rollouts

/// Live ReplicaSets, read from the stored state with as few requests as possible.
extension RolloutAPI {
    /// How often an unsettled Rollout is read again.
    private static let looksAgain = 3
    private static let looksApart = Duration.seconds(2)

    typealias Answers = [RolloutID: Result<Evidence, RolloutHealError>]

    /// Reads the evidence for `rollouts`; a failed request does not affect the others.
    ///
    /// One request per namespace serves all that ``Rollout/needsLook``; a single Rollout is read by its own selector.
    /// Unsettled ones are read again, at most three times, 2 s apart.
    ///
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled` only.
    func evidence(for rollouts: [Rollout], always: Bool = false) async throws(RolloutHealError) -> Answers {
        var answers = try await answers(for: rollouts, always: always)
        try await untilSettled {
            rollouts.filter { rollout in
                guard case .success(let evidence)? = answers[RolloutID(rollout)] else { return false }
                return rollout.diagnosis(evidence, now: now) == .unsettled
            }
        } take: {
            answers.merge($1) { _, new in new }
        }
        return answers
    }

    /// Reads again what is `unsettled`, at most three times, 2 s apart.
    func untilSettled(
        _ unsettled: () -> [Rollout], take: (_ asked: [Rollout], Answers) -> Void
    ) async throws(RolloutHealError) {
        for _ in 0..<Self.looksAgain {
            let rollouts = unsettled()
            if rollouts.isEmpty { return }
            try await pause(Self.looksApart)
            take(rollouts, try await answers(for: rollouts, always: true))
        }
    }

    func evidence(for rollout: Rollout, always: Bool = false) async throws(RolloutHealError) -> Evidence {
        try await evidence(for: [rollout], always: always)[RolloutID(rollout)]?.get() ?? .notGiven
    }

    /// Like ``evidence(for:always:)``, but with one read.
    ///
    /// - Parameter always: includes Rollouts that need no evidence.
    func answers(for rollouts: [Rollout], always: Bool = false) async throws(RolloutHealError) -> Answers {
        let all = Mutex(Answers())
        await read(for: rollouts, always: always) { asked, answer, _ in
            all.withLock { $0.merge(Self.answers(asked, answer)) { _, new in new } }
        }
        if Task.isCancelled { throw .api(.cancelled) }
        return all.withLock { $0 }
    }

    /// Sends one request; the answer is a failure for all its Rollouts or for none.
    func answers(to request: EvidenceRequest) async -> Answers {
        do throws(RolloutHealError) {
            return Self.answers(request.rollouts, .success(try await evidence(of: request)))
        } catch {
            return Self.answers(request.rollouts, .failure(error))
        }
    }

    private static func answers(
        _ asked: [Rollout], _ answer: Result<[RolloutID: Evidence], RolloutHealError>
    ) -> Answers {
        Dictionary(asked.map { rollout in (RolloutID(rollout), answer.map { $0[RolloutID(rollout)] ?? .notGiven }) }) {
            $1
        }
    }

    private func evidence(of request: EvidenceRequest) async throws(RolloutHealError) -> [RolloutID: Evidence] {
        let answer = try await answer(request)
        let byOwner = Self.byOwner(answer)
        return Dictionary(request.rollouts.map { (RolloutID($0), Self.owned(by: $0, in: answer, byOwner)) }) { $1 }
    }

    /// Reads once and passes on each answer as it arrives, with the uptime when it was requested, which bounds its age.
    func read(
        for rollouts: [Rollout], always: Bool = false,
        _ take:
            @escaping @Sendable (
                _ asked: [Rollout], Result<[RolloutID: Evidence], RolloutHealError>, _ askedAt: Duration
            ) async -> Void
    ) async {
        let requests = Self.requests(for: always ? rollouts : rollouts.filter(\.needsLook))
        let asked = Set(requests.flatMap(\.rollouts).map(RolloutID.init))
        let others = rollouts.filter { !asked.contains(RolloutID($0)) }
        if !others.isEmpty { await take(others, .success([:]), time.uptime()) }
        _ = try? await inParallel(requests) { request async throws(RolloutHealError) in
            var askedAt = Duration.zero
            do throws(RolloutHealError) {
                let turn = try await inTurn()
                askedAt = turn.readyAt
                await take(request.rollouts, .success(try await turn.api.evidence(of: request)), askedAt)
            } catch {
                await take(request.rollouts, .failure(error), askedAt)
            }
        }
    }

    /// Waits for a turn, so that the age of evidence counts from the request and not from the wait before it.
    private func inTurn() async throws(RolloutHealError) -> (api: RolloutAPI, readyAt: Duration) {
        do throws(KubeError) {
            let (client, readyAt) = try await client.inTurn()
            return (RolloutAPI(client: client, time: time), readyAt)
        } catch {
            throw .api(error)
        }
    }

    private func answer(_ request: EvidenceRequest) async throws(RolloutHealError) -> Evidence {
        let options = ListOptions(namespace: request.namespace, labelSelector: request.labelSelector)
        do throws(KubeError) {
            return .live(try await all(ReplicaSet.self, of: Self.replicaSets, options))
        } catch {
            if error.status?.code == 403 { return .forbidden }
            throw .api(error)
        }
    }

    /// Returns all objects of a list, which must be short enough to be kept in memory.
    func all<Object: Decodable>(
        _ type: Object.Type, of resource: APIResource, _ options: ListOptions
    ) async throws(KubeError) -> [Object] {
        var found: [Object] = []
        var objects = client.list(resource, options).makeAsyncIterator()
        while let element = try await objects.next() {
            switch element {
            case .startedOver: found.removeAll()
            case .item(let json):
                do throws(RolloutHealError) {
                    found.append(try decodeObject(type, from: json))
                } catch {
                    throw .malformed(what: "an item is not a \(type)", url: resource.qualifiedName)
                }
            }
        }
        return found
    }

    func pause(_ duration: Duration) async throws(RolloutHealError) {
        do throws(CancellationError) {
            try await time.sleep(duration)
        } catch {
            throw .api(.cancelled)
        }
    }
}

internal import KubeClient
internal import Synchronization
internal import Rollouts

/// Live ReplicaSets, read as they are stored now, with as few requests as the question allows.
extension RolloutAPI {
    /// A ReplicaSet that is being scaled is looked at again this many times.
    private static let looksAgain = 2
    private static let looksApart = Duration.seconds(2)
    /// Hashes in one selector: keeps a URL well under the usual 8 KiB.
    private static let hashesPerRequest = 200

    typealias Answers = [RolloutID: Result<Evidence, RolloutHealError>]

    /// The evidence for each of `rollouts`, which may be many; a request that fails does not keep the others from being judged.
    ///
    /// One request a namespace for the current ReplicaSets, by name where it is one; for a canary whose diagnosis rests on
    /// them one more, for all of its own, because old pods count. What is unsettled is looked at again after 2 s, twice at most.
    ///
    /// Throws only when it is cancelled.
    func evidence(for rollouts: [Rollout]) async throws(RolloutHealError) -> Answers {
        var answers = try await answers(for: rollouts)
        for _ in 0..<Self.looksAgain {
            let unsettled = rollouts.filter { rollout in
                guard case .success(let evidence)? = answers[RolloutID(rollout)] else { return false }
                return rollout.diagnosis(evidence, now: now) == .unsettled
            }
            if unsettled.isEmpty { break }
            try await pause(Self.looksApart)
            answers.merge(try await self.answers(for: unsettled)) { _, new in new }
        }
        return answers
    }

    func evidence(for rollout: Rollout) async throws(RolloutHealError) -> Evidence {
        try await evidence(for: [rollout])[RolloutID(rollout)]?.get() ?? .live([])
    }

    /// As ``evidence(for:)-([Rollout])``, in one look.
    func answers(for rollouts: [Rollout]) async throws(RolloutHealError) -> Answers {
        let all = Mutex(Answers())
        await read(for: rollouts) { asked, answer, _ in
            all.withLock { all in
                for rollout in asked {
                    let id = RolloutID(rollout)
                    all[id] = answer.map { $0[id] ?? .live([]) }
                }
            }
        }
        if Task.isCancelled { throw .api(.cancelled) }
        return all.withLock { $0 }
    }

    /// One look, each answer given as it comes, with our uptime when it was asked for: so old it may be.
    func read(
        for rollouts: [Rollout],
        _ take:
            @escaping @Sendable (
                _ asked: [Rollout], Result<[RolloutID: Evidence], RolloutHealError>, _ askedAt: Duration
            ) async -> Void
    ) async {
        let requests = Self.requests(for: rollouts, now: now)
        let asked = Set(requests.flatMap(\.rollouts).map(RolloutID.init))
        let others = rollouts.filter { !asked.contains(RolloutID($0)) }
        if !others.isEmpty { await take(others, .success([:]), time.uptime()) }
        _ = try? await inParallel(requests) { request async throws(RolloutHealError) in
            let askedAt = await client.readyAt()
            do throws(RolloutHealError) {
                let answer = try await self.answer(request)
                let evidence = request.rollouts.map { (RolloutID($0), Self.owned(by: $0, in: answer)) }
                await take(request.rollouts, .success(Dictionary(evidence) { $1 }), askedAt)
            } catch {
                await take(request.rollouts, .failure(error), askedAt)
            }
        }
    }

    private static func owned(by rollout: Rollout, in answer: Evidence) -> Evidence {
        guard case .live(let all) = answer else { return answer }
        return .live(all.filter { $0.isOwned(by: rollout) })
    }

    /// One list of ReplicaSets, and the Rollouts that it tells about.
    struct EvidenceRequest: Sendable, Equatable {
        var namespace: String
        var labelSelector: String
        var rollouts: [Rollout]
        /// Where one ReplicaSet is enough, the name that Argo Rollouts gives it. It is asked for first: to list, the
        /// server reads all of the namespace.
        var name: String?
    }

    static func requests(for rollouts: [Rollout], now: Timestamp) -> [EvidenceRequest] {
        var requests: [EvidenceRequest] = []
        let byNamespace = Dictionary(grouping: rollouts) { $0.metadata.namespace ?? "" }
        for (namespace, rollouts) in byNamespace.sorted(by: { $0.key < $1.key }) {
            let (canaries, others) = rollouts.partitioned { $0.strategy == .canary && $0.needsEvidence(now: now) }
            requests += canaries.map {
                EvidenceRequest(namespace: namespace, labelSelector: selectorOfAll($0), rollouts: [$0])
            }
            let provable = others.filter { $0.podHash.map(isLabelValue) ?? false }
            requests += provable.chunked(hashesPerRequest).map { chunk in
                let hashes = Set(chunk.compactMap(\.podHash)).sorted().joined(separator: ",")
                let selector = "\(ReplicaSet.podHashLabel) in (\(hashes))"
                let name = chunk.count == 1 ? chunk[0].podHash.map { "\(chunk[0].metadata.name)-\($0)" } : nil
                return EvidenceRequest(namespace: namespace, labelSelector: selector, rollouts: chunk, name: name)
            }
        }
        return requests
    }

    /// Selects every ReplicaSet of a canary: by its own selector, or by the one its status gives where the spec has none.
    private static func selectorOfAll(_ rollout: Rollout) -> String {
        let own = rollout.spec.selector.map(\.text).flatMap { $0.isEmpty ? nil : $0 }
        return [own ?? rollout.status.selector, ReplicaSet.podHashLabel]
            .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ",")
    }

    /// Whether the server would take `text` in a selector; a hash that is none can have no ReplicaSet.
    private static func isLabelValue(_ text: String) -> Bool {
        text.utf8.count <= 63
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            }
    }

    private func answer(_ request: EvidenceRequest) async throws(RolloutHealError) -> Evidence {
        if let current = try await expected(by: request) { return .live([current]) }
        let options = ListOptions(namespace: request.namespace, labelSelector: request.labelSelector)
        var found: [ReplicaSet] = []
        do throws(KubeError) {
            var objects = client.list(Self.replicaSets, options).makeAsyncIterator()
            while let element = try await objects.next() {
                switch element {
                case .startedOver: found.removeAll()
                case .item(let json):
                    do throws(RolloutHealError) {
                        found.append(try decodeObject(ReplicaSet.self, from: json))
                    } catch {
                        throw .malformed(what: "an item is no ReplicaSet", url: Self.replicaSets.qualifiedName)
                    }
                }
            }
        } catch {
            if error.status?.code == 403 { return .forbidden }
            throw .api(error)
        }
        return .live(found)
    }

    /// The ReplicaSet that has the name and is the one in question; nil where a list has to tell.
    private func expected(by request: EvidenceRequest) async throws(RolloutHealError) -> ReplicaSet? {
        guard let name = request.name, let rollout = request.rollouts.first else { return nil }
        do throws(KubeError) {
            let json = try await client.get(Self.replicaSets, namespace: request.namespace, name: name)
            guard let found = try? decodeObject(ReplicaSet.self, from: json) else { return nil }
            return Evidence.live([found]).current(of: rollout)
        } catch {
            // A name that is none, or a right to list only: not worth more than the list that follows.
            if [403, 404].contains(error.status?.code) { return nil }
            throw .api(error)
        }
    }

    func pause(_ duration: Duration) async throws(RolloutHealError) {
        do throws(CancellationError) {
            try await time.sleep(duration)
        } catch {
            throw .api(.cancelled)
        }
    }
}

extension LabelSelector {
    /// The form that a `labelSelector` parameter takes.
    var text: String {
        let equalities = (matchLabels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let expressions = (matchExpressions ?? []).map { expression in
            let values = "(" + (expression.values ?? []).joined(separator: ",") + ")"
            return switch expression.operator {
            case "In": "\(expression.key) in \(values)"
            case "NotIn": "\(expression.key) notin \(values)"
            case "DoesNotExist": "!\(expression.key)"
            default: expression.key
            }
        }
        return (equalities + expressions).joined(separator: ",")
    }
}

extension Array {
    func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }

    func partitioned(by belongs: (Element) -> Bool) -> (matching: [Element], rest: [Element]) {
        reduce(into: ([], [])) { parts, element in
            if belongs(element) { parts.0.append(element) } else { parts.1.append(element) }
        }
    }
}

package import Formats
internal import FoundationEssentials
internal import KubeClient
package import Rollouts
internal import Documents

/// Judges Rollouts from a file instead of a cluster; ReplicaSets in the same file count as the live ones.
///
/// Accepts lists, single objects and several documents, as JSON or YAML, in pieces as they are read.
package struct JudgeObjects: Sendable {
    let file: String
    private let all: Bool
    let namespace: String?
    private var json = JSONSplitter()
    /// Nil until the first byte shows that the file is YAML, which is collected before it is parsed.
    private var yaml: [UInt8]?
    private var isJSON = false
    private(set) var rollouts: [Rollout] = []
    private var contents = FileContents()
    /// By the uid of their owner.
    private var replicaSets: [String: [ReplicaSet]] = [:]
    /// Nil if the file contains no pods, or pods are not needed.
    private(set) var pods: [Pod]?
    private let takesPods: Bool

    /// - Parameters:
    ///   - file: the file name for error messages.
    ///   - namespace: only Rollouts in it; nil means all namespaces.
    ///   - takesPods: whether pods are kept for an explanation.
    package init(file: String, all: Bool, namespace: String?, takesPods: Bool = false) {
        self.file = file
        self.all = all
        self.takesPods = takesPods
        self.namespace = namespace
    }

    package mutating func feed(_ bytes: [UInt8]) throws(RolloutHealError) {
        contents.note(bytes)
        if yaml == nil, !isJSON {
            guard let first = bytes.first(where: { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }) else { return }
            if first == UInt8(ascii: "{") { isJSON = true } else { yaml = [] }
        }
        if isJSON { try feedJSON(bytes) } else { yaml?.append(contentsOf: bytes) }
    }

    /// Ends the file, and judges its Rollouts at `now`.
    ///
    /// Throws if the file contains no Rollout, so that a wrong file is not reported as healthy.
    package mutating func finish(_ rule: HealRule, now: Timestamp) throws(RolloutHealError) -> ListRollouts.Result {
        try close()
        var result = ListRollouts.Result(found: [], failures: [])
        for rollout in rollouts {
            let assessment = Assessment(rollout, evidence(of: rollout), by: rule, now: now, absentTimes: .old)
            if all || assessment.needsAttention {
                result.found.append(assessment)
            } else if rollout.isDegraded {
                result.leftOut.degraded += 1
            }
        }
        result.found.sort { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        return result
    }

    func evidence(of rollout: Rollout) -> Evidence {
        replicaSets[rollout.metadata.uid ?? ""].map { .live($0) } ?? .notGiven
    }

    /// Ends the file; throws if it contains no Rollout.
    mutating func close() throws(RolloutHealError) {
        do throws(JSONSplitter.Failure) {
            try json.finish()
        } catch {
            throw malformed(error)
        }
        if let yaml { try take(yaml: yaml) }
        if let missing = contents.missingRollout(in: namespace) { throw .file(place: file, reason: missing) }
    }

    private mutating func feedJSON(_ bytes: [UInt8]) throws(RolloutHealError) {
        let objects: [JSONSplitter.Object]
        do throws(JSONSplitter.Failure) {
            objects = try json.feed(bytes)
        } catch {
            throw malformed(error)
        }
        for object in objects {
            switch object {
            case .item(let bytes), .single(let bytes): try take(object: bytes)
            case .endOfList: break
            }
        }
    }

    private mutating func take(yaml bytes: [UInt8]) throws(RolloutHealError) {
        var reader = YAMLReader(bytes)
        while let document = try document(from: &reader) {
            for object in document["items"]?.items ?? [document] where !object.isNull {
                do throws(RolloutHealError) {
                    try take(object: Array(object.json(pretty: false).utf8))
                } catch {
                    let line = object.position.map { ":\($0.line):\($0.column)" } ?? ""
                    throw .file(place: file + line, reason: error.objectFault)
                }
            }
        }
    }

    private func document(from reader: inout YAMLReader) throws(RolloutHealError) -> YAMLNode? {
        do throws(YAMLError) {
            return try reader.next()
        } catch {
            throw .file(place: "\(file):\(error.line):\(error.column)", reason: error.message)
        }
    }

    private mutating func take(object json: [UInt8]) throws(RolloutHealError) {
        switch try FileObject(json) {
        case .rollout(let rollout):
            guard namespace == nil || rollout.metadata.namespace == namespace else {
                contents.otherNamespaces.insert(rollout.metadata.namespace ?? "")
                return
            }
            contents.hasRollout = true
            if all || rollout.mayNeedAttention || rollout.isDegraded { rollouts.append(rollout) }
        case .replicaSet(let replicaSet):
            for owner in replicaSet.metadata.ownerReferences ?? [] {
                replicaSets[owner.uid ?? "", default: []].append(replicaSet)
            }
            contents.add(kind: "ReplicaSet")
        case .pod(let pod):
            contents.add(kind: "Pod")
            guard takesPods else { return }
            if pods == nil { pods = [] }
            if let pod { pods?.append(pod) } else { pods?.append(try decodeObject(Pod.self, from: json)) }
        case .other(let type): contents.add(kind: type?.kind, apiVersion: type?.apiVersion)
        }
    }
}

package import Formats

/// The fields of a pod that tell why it is unavailable (core/v1 PodStatus).
package struct Pod: Sendable, Equatable, Decodable {
    package struct Metadata: Sendable, Equatable, Decodable {
        package var name: String
        package var ownerReferences: [ReplicaSet.OwnerReference]?
        package var deletionTimestamp: String?
    }

    package struct Condition: Sendable, Equatable, Decodable {
        package var type: String?
        package var status: String?
        package var reason: String?
        package var message: String?
        package var lastTransitionTime: String?
    }

    package struct Waiting: Sendable, Equatable, Decodable {
        package var reason: String?
        package var message: String?
    }

    package struct Terminated: Sendable, Equatable, Decodable {
        package var reason: String?
        package var exitCode: Int64?
        package var signal: Int64?
    }

    package struct State: Sendable, Equatable, Decodable {
        package var waiting: Waiting?
        package var terminated: Terminated?
    }

    package struct Container: Sendable, Equatable, Decodable {
        package var name: String
        package var image: String?
        package var ready: Bool?
        package var restartCount: Int64?
        package var state: State?
        package var lastState: State?
    }

    package struct Status: Sendable, Equatable, Decodable {
        package var phase: String?
        package var reason: String?
        package var message: String?
        package var conditions: [Condition]?
        package var initContainerStatuses: [Container]?
        package var containerStatuses: [Container]?
    }

    package var metadata: Metadata
    package var status: Status?

    package func isOwned(by replicaSet: ReplicaSet) -> Bool {
        guard let uid = replicaSet.metadata.uid else { return false }
        return metadata.ownerReferences?.contains { $0.uid == uid && $0.controller != false } ?? false
    }
}

/// Why one pod is unavailable.
package struct PodTrouble: Sendable, Equatable {
    package var pod: String
    /// A reason of Kubernetes: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, `NotReady`.
    package var reason: String
    /// Details such as `image shop/web:2` or `exit code 1, 7 restarts`, without a container's own output; may be empty.
    package var detail: String
}

extension Pod {
    /// Returns why the pod is unavailable; nil if it is ready.
    ///
    /// - Parameter now: the API server's time.
    package func trouble(now: Timestamp) -> PodTrouble? {
        let found =
            (status?.initContainerStatuses ?? []).lazy.compactMap { Self.trouble(of: $0, isInit: true) }.first
            ?? unschedulable
            ?? (status?.containerStatuses ?? []).lazy.compactMap { Self.trouble(of: $0, isInit: false) }.first
            ?? evicted ?? notReady(now: now)
        return found.map { PodTrouble(pod: metadata.name, reason: $0.reason, detail: $0.detail) }
    }

    private typealias Finding = (reason: String, detail: String)

    private static func trouble(of container: Container, isInit: Bool) -> Finding? {
        let name = "\(isInit ? "init container" : "container") \(container.name)"
        if let waiting = container.state?.waiting, let reason = waiting.reason,
            !["PodInitializing", "ContainerCreating"].contains(reason)
        {
            switch reason {
            case "CrashLoopBackOff":
                return (reason, "\(name): " + crash(container))
            case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull":
                return (reason, "\(name): image \(container.image ?? "unknown")")
            default: return (reason, name + (waiting.message.map { ": \($0)" } ?? ""))
            }
        }
        guard let ended = container.state?.terminated, ended.exitCode != 0 || !isInit else { return nil }
        return (ended.reason ?? "Terminated", "\(name): " + exit(ended) + restarts(container))
    }

    private static func crash(_ container: Container) -> String {
        guard let last = container.lastState?.terminated else { return "it ends again and again" + restarts(container) }
        let reason = last.reason.flatMap { $0 == "Error" ? nil : "\($0), " } ?? ""
        return reason + exit(last) + restarts(container)
    }

    private static func exit(_ ended: Terminated) -> String {
        ended.exitCode.map { "exit code \($0)" } ?? ended.signal.map { "signal \($0)" } ?? "no exit code"
    }

    private static func restarts(_ container: Container) -> String {
        let count = container.restartCount ?? 0
        return count == 0 ? "" : ", \(count) restart\(count == 1 ? "" : "s")"
    }

    private var unschedulable: Finding? {
        guard let condition = condition("PodScheduled"), condition.status == "False" else { return nil }
        return (condition.reason ?? "Unschedulable", condition.message ?? "")
    }

    /// The kubelet's reason for the whole pod, such as Evicted.
    private var evicted: Finding? {
        guard status?.phase == "Failed" else { return nil }
        return (status?.reason ?? "Failed", status?.message ?? "")
    }

    private func notReady(now: Timestamp) -> Finding? {
        if metadata.deletionTimestamp != nil { return ("Terminating", "") }
        if status?.phase == "Succeeded" { return ("Completed", "") }
        guard let ready = condition("Ready") else { return (status?.phase ?? "Unknown", "") }
        if ready.status == "True" { return nil }
        let since = ready.lastTransitionTime.flatMap { Timestamp(rfc3339: $0) }
        let waiting = (status?.containerStatuses ?? []).filter { $0.ready != true }.map(\.name)
        let containers = waiting.isEmpty ? "" : "container \(waiting.joined(separator: ", "))"
        let age = since.map { HumanDuration.text(since: $0, now: now) }.map { "for \($0)" } ?? ""
        return ("NotReady", [containers, age].filter { !$0.isEmpty }.joined(separator: " "))
    }

    private func condition(_ type: String) -> Condition? {
        status?.conditions?.first { $0.type == type }
    }
}

extension [PodTrouble] {
    /// Sorted by the most common reason, then by pod name.
    package var byCommonness: [PodTrouble] {
        let counts = Dictionary(grouping: self, by: \.reason).mapValues(\.count)
        return sorted { left, right in
            let (mine, theirs) = (counts[left.reason] ?? 0, counts[right.reason] ?? 0)
            return mine != theirs ? mine > theirs : (left.reason, left.pod) < (right.reason, right.pod)
        }
    }
}

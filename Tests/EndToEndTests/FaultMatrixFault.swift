import Foundation
import HTTPTransport
import TestSupport
import Testing

/// A fault, its duration, and its repair.
enum Fault: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case serverKilled, serverRestarted, serverStopped, serverStoppedForLong, etcdStopped, etcdStoppedForLong
    case compacted, definitionRemoved
    case partitioned, partitionedForLong
    case rightsRevoked, tokenExpired, namespaceDeleted, objectDeleted, objectMadeAnew, objectChanged
    case weAreStopped, weAreKilled

    static let ofServers: [Fault] = [
        .serverKilled, .serverRestarted, .serverStopped, .serverStoppedForLong, .etcdStopped, .etcdStoppedForLong,
        .compacted, .definitionRemoved,
    ]
    static let ofOne = allCases.filter { !ofServers.contains($0) && !$0.isOfNetwork }

    var testDescription: String { rawValue }

    var isOfNetwork: Bool { self == .partitioned || self == .partitionedForLong }

    /// The time until the repair; nil means after the commands have ended.
    var lasts: Duration? {
        switch self {
        case .serverKilled, .serverRestarted, .serverStopped, .etcdStopped, .partitioned, .weAreStopped: .seconds(2)
        case .compacted, .objectChanged: .zero
        default: nil
        }
    }

    /// Whether the server is absent; a new one rejects authorised requests until it has loaded its rules.
    var isAbsence: Bool { self == .serverKilled || self == .serverRestarted }

    /// Whether no response arrives at all.
    var isSilence: Bool {
        [.serverStoppedForLong, .etcdStoppedForLong, .partitionedForLong].contains(self)
    }

    /// Whether the Rollout is destroyed.
    var destroys: Bool {
        [.definitionRemoved, .namespaceDeleted, .objectDeleted, .objectMadeAnew].contains(self)
    }

    func begin(_ cluster: TestCluster, _ cell: FaultCell) async throws {
        let path = "/apis/argoproj.io/v1alpha1/namespaces/\(cell.namespace)/rollouts/web"
        switch self {
        case .serverKilled: kill(try cluster.processIdentifier("kube-apiserver"), SIGKILL)
        case .serverRestarted:
            try await TestCluster.script("stop", "--dir", cluster.folder, "--only", "kube-apiserver")
        case .serverStopped, .serverStoppedForLong: try await cluster.halt("kube-apiserver")
        case .etcdStopped, .etcdStoppedForLong: try await cluster.halt("etcd")
        case .compacted: try await cluster.compact()
        case .definitionRemoved: try await cluster.removeDefinition()
        case .partitioned, .partitionedForLong: break
        case .rightsRevoked: try await cell.account.setRights(false)
        case .tokenExpired: try await cell.account.expireToken()
        case .namespaceDeleted: try await cluster.deleteNamespace(cell.namespace)
        case .objectDeleted: _ = try await cluster.request(.delete, path)
        case .objectMadeAnew:
            _ = try await cluster.request(.delete, path)
            try await cell.fill()
        case .objectChanged: try await cluster.patch(path, ["metadata": ["labels": ["team": "another"]]])
        case .weAreStopped: cell.signal(SIGSTOP)
        case .weAreKilled: cell.signal(SIGKILL)
        }
    }

    func end(_ cluster: TestCluster, _ cells: [FaultCell]) async throws {
        switch self {
        case .serverKilled, .serverRestarted, .definitionRemoved:
            try await TestCluster.script("start", "--dir", cluster.folder)
        case .serverStopped, .serverStoppedForLong: kill(try cluster.processIdentifier("kube-apiserver"), SIGCONT)
        case .etcdStopped, .etcdStoppedForLong: kill(try cluster.processIdentifier("etcd"), SIGCONT)
        case .rightsRevoked: for cell in cells { try await cell.account.setRights(true) }
        case .tokenExpired: for cell in cells { try await cell.account.giveToken() }
        case .namespaceDeleted:
            for cell in cells {
                _ = try await cluster.request(
                    .post, "/api/v1/namespaces", ObjectFixture(["metadata": ["name": cell.namespace]]).json)
            }
        case .weAreStopped: for cell in cells { cell.signal(SIGCONT) }
        case .compacted, .partitioned, .partitionedForLong, .objectDeleted, .objectMadeAnew, .objectChanged,
            .weAreKilled:
            break
        }
        if destroys, self != .objectMadeAnew { for cell in cells { try await cell.fill() } }
    }
}

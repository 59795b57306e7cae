package import Formats

/// An entry of `metadata.managedFields`, as far as it tells when spec and status were written.
package struct ManagedFields: Sendable, Equatable, Decodable {
    package var time: Timestamp?
    package var hasSpec: Bool
    package var hasStatus: Bool

    private enum CodingKeys: String, CodingKey {
        case time, fieldsV1
    }

    private struct Fields: Decodable {
        var spec: Presence?
        var status: Presence?

        enum CodingKeys: String, CodingKey {
            case spec = "f:spec"
            case status = "f:status"
        }
    }

    package init(from decoder: any Decoder) throws {
        let entry = try decoder.container(keyedBy: CodingKeys.self)
        time = try entry.decodeIfPresent(String.self, forKey: .time).flatMap(Timestamp.init(rfc3339:))
        let fields = try entry.decodeIfPresent(Fields.self, forKey: .fieldsV1)
        hasSpec = fields?.spec != nil
        hasStatus = fields?.status != nil
    }
}

/// When something was last written, as far as the object says it. Our own mark is metadata and moves none of it.
package enum WriteTime: Sendable, Equatable {
    case at(Timestamp)
    /// No entry names it: a server or a proxy without `managedFields`, or a file.
    case unknown

    init(_ entries: [ManagedFields]?, where counts: (ManagedFields) -> Bool) {
        self = (entries ?? []).filter(counts).compactMap(\.time).max().map(WriteTime.at) ?? .unknown
    }

    package var moment: Timestamp? {
        if case .at(let moment) = self { moment } else { nil }
    }
}

extension Rollout {
    /// When its spec was last written, whatever the subresource: autoscalers write through `scale`.
    package var specWritten: WriteTime { WriteTime(metadata.managedFields, where: \.hasSpec) }

    /// When its status was last written.
    package var statusWritten: WriteTime { WriteTime(metadata.managedFields, where: \.hasStatus) }
}

extension ReplicaSet {
    /// When its spec or its status was last written.
    package var written: WriteTime { WriteTime(metadata.managedFields) { $0.hasSpec || $0.hasStatus } }
}

extension Evidence {
    /// When the spec of `rollout`, and spec and status of its ReplicaSets, were last written; unknown where one of them is.
    package func lastWritten(_ rollout: Rollout) -> WriteTime {
        let times = [rollout.specWritten] + ownedReplicaSets(of: rollout).map(\.written)
        if times.contains(.unknown) { return .unknown }
        return times.compactMap(\.moment).max().map(WriteTime.at) ?? .unknown
    }
}

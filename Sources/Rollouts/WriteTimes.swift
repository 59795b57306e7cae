package import Formats

/// The parts of a `metadata.managedFields` entry that tell when spec and status were written.
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

/// When an object was last written. Our own mark is metadata and does not count.
package enum WriteTime: Sendable, Equatable {
    case at(Timestamp)
    /// No entry has a time: the server or a proxy provides no `managedFields`, or the object is from a file.
    case unknown

    init(_ entries: [ManagedFields]?, where counts: (ManagedFields) -> Bool) {
        self = (entries ?? []).filter(counts).compactMap(\.time).max().map(WriteTime.at) ?? .unknown
    }

    package var moment: Timestamp? {
        if case .at(let moment) = self { moment } else { nil }
    }
}

extension Rollout {
    /// When its spec was last written, by any subresource: autoscalers write through `scale`.
    package var specWritten: WriteTime { WriteTime(metadata.managedFields, where: \.hasSpec) }

    /// When its status was last written.
    package var statusWritten: WriteTime { WriteTime(metadata.managedFields, where: \.hasStatus) }
}

extension ReplicaSet {
    /// When its spec or status was last written.
    package var written: WriteTime { WriteTime(metadata.managedFields) { $0.hasSpec || $0.hasStatus } }
}

extension Evidence {
    /// When the spec of `rollout`, or spec or status of its ReplicaSets, was last written; unknown if one of them is.
    package func lastWritten(_ rollout: Rollout) -> WriteTime {
        let times = [rollout.specWritten] + ownedReplicaSets(of: rollout).map(\.written)
        if times.contains(.unknown) { return .unknown }
        return times.compactMap(\.moment).max().map(WriteTime.at) ?? .unknown
    }
}

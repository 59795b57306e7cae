internal import FoundationEssentials
internal import Rollouts

/// An object of a file, decoded once by its kind.
enum FileObject: Decodable {
    struct TypeMeta: Decodable {
        var apiVersion: String?
        var kind: String?
    }

    case rollout(Rollout)
    case replicaSet(ReplicaSet)
    /// Nil if it cannot be decoded, which matters only where pods are needed.
    case pod(Pod?)
    /// Any other kind; nil for what is no object of Kubernetes.
    case other(TypeMeta?)

    init(from decoder: any Decoder) throws {
        let type = try TypeMeta(from: decoder)
        switch (type.kind, type.apiVersion) {
        case ("Rollout", let version?) where version.hasPrefix("argoproj.io/"):
            self = .rollout(try Rollout(from: decoder))
        case ("ReplicaSet", "apps/v1"): self = .replicaSet(try ReplicaSet(from: decoder))
        case ("Pod", "v1"): self = .pod(try? Pod(from: decoder))
        default: self = .other(type)
        }
    }

    /// - Throws: ``RolloutHealError/undecodable(kind:name:what:)`` for a Rollout or ReplicaSet that cannot be decoded.
    init(_ json: [UInt8]) throws(RolloutHealError) {
        do throws(RolloutHealError) {
            self = try decodeObject(FileObject.self, from: json)
        } catch {
            guard let type = try? JSONDecoder().decode(TypeMeta.self, from: Data(json)), let kind = type.kind,
                case .undecodable(_, let name, let what) = error
            else {
                self = .other(nil)
                return
            }
            throw .undecodable(kind: kind, name: name, what: what)
        }
    }
}

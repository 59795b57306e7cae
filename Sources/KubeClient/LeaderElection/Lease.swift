internal import FoundationEssentials

/// The spec of a `coordination.k8s.io/v1` Lease.
struct LeaseSpec: Sendable, Equatable, Codable {
    /// Nil or empty if nobody holds the Lease, which may then be acquired at once.
    var holderIdentity: String?
    /// How long other replicas wait after they observed the last renewal, in seconds.
    var leaseDurationSeconds: Int64?
    /// A MicroTime for people to read: times written by other clocks are never compared.
    var acquireTime: String?
    var renewTime: String?
    /// The number of changes of holder.
    var leaseTransitions: Int64?

    var holder: String? {
        holderIdentity.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// A whole Lease: labels, owner references, finalizers and unknown fields survive our writes.
struct Lease: Sendable, Equatable {
    private var fields: [String: JSONValue]
    /// Nil for a Lease that is yet to be created.
    let resourceVersion: String?
    private(set) var spec: LeaseSpec

    /// Builds a Lease to create.
    init(namespace: String, name: String, spec: LeaseSpec) {
        fields = [
            "apiVersion": .string("coordination.k8s.io/v1"), "kind": .string("Lease"),
            "metadata": .object(["namespace": .string(namespace), "name": .string(name)]),
        ]
        resourceVersion = nil
        self.spec = LeaseSpec()
        write(spec)
    }

    /// Reads a Lease from the API server's JSON; nil for anything else.
    init?(json: [UInt8]) {
        guard let fields = try? JSONDecoder().decode([String: JSONValue].self, from: Data(json)),
            let wire = try? JSONDecoder().decode(Wire.self, from: Data(json)),
            !wire.metadata.resourceVersion.isEmpty
        else { return nil }
        self.fields = fields
        resourceVersion = wire.metadata.resourceVersion
        spec = wire.spec ?? LeaseSpec()
    }

    private struct Wire: Decodable {
        struct Metadata: Decodable {
            var resourceVersion: String
        }

        var metadata: Metadata
        var spec: LeaseSpec?
    }

    /// The spec as read, with unknown fields: any change in it is a renewal.
    var rawSpec: JSONValue { fields["spec"] ?? .null }

    /// The same object with a new spec.
    func replacing(_ spec: LeaseSpec) -> Lease {
        var lease = self
        lease.write(spec)
        return lease
    }

    private mutating func write(_ new: LeaseSpec) {
        spec = new
        var known: [String: JSONValue] = [:]
        if case .object(let old) = rawSpec { known = old }
        known["holderIdentity"] = new.holderIdentity.map(JSONValue.string)
        known["leaseDurationSeconds"] = new.leaseDurationSeconds.map(JSONValue.integer)
        known["acquireTime"] = new.acquireTime.map(JSONValue.string)
        known["renewTime"] = new.renewTime.map(JSONValue.string)
        known["leaseTransitions"] = new.leaseTransitions.map(JSONValue.integer)
        fields["spec"] = .object(known)
    }

    var json: [UInt8] {
        // Cannot fail: the values are strings, integers and numbers that were decoded from JSON.
        (try? JSONEncoder().encode(fields)).map(Array.init) ?? []
    }
}

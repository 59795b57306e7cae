internal import FoundationEssentials

/// What a `coordination.k8s.io/v1` Lease says of its holder.
struct LeaseSpec: Sendable, Equatable, Codable {
    /// Nil or "" when nobody holds it: it may be taken at once.
    var holderIdentity: String?
    /// How long others wait after they saw the last renewal.
    var leaseDurationSeconds: Int64?
    /// MicroTime, for people to read: no clock but one's own is ever compared.
    var acquireTime: String?
    var renewTime: String?
    /// How often the holder has changed.
    var leaseTransitions: Int64?

    var holder: String? {
        holderIdentity.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// A Lease, whole: labels, owners, finalizers and fields we do not know survive our writes.
struct Lease: Sendable, Equatable {
    private var fields: [String: JSONValue]
    /// Nil for one that is still to be created.
    let resourceVersion: String?
    private(set) var spec: LeaseSpec

    /// A Lease to create.
    init(namespace: String, name: String, spec: LeaseSpec) {
        fields = [
            "apiVersion": .string("coordination.k8s.io/v1"), "kind": .string("Lease"),
            "metadata": .object(["namespace": .string(namespace), "name": .string(name)]),
        ]
        resourceVersion = nil
        self.spec = LeaseSpec()
        write(spec)
    }

    /// A Lease as the API server gives it; nil for anything else.
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

    /// The spec as it was read, with what we do not know of it: a renewal is any change in here.
    var rawSpec: JSONValue { fields["spec"] ?? .null }

    /// The same object with another holder or renewal.
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
        // Strings, whole numbers, and numbers that came out of JSON: nothing here can be refused.
        (try? JSONEncoder().encode(fields)).map(Array.init) ?? []
    }
}

internal import Rollouts

extension Rollout {
    /// Returns this Rollout if it matches the request: a response alone must not decide what is restarted.
    ///
    /// - Parameters:
    ///   - name: nil for any.
    ///   - namespace: nil for all namespaces.
    /// - Throws: ``RolloutHealError/undecodable(kind:name:what:)`` if it does not match.
    func checked(_ name: String? = nil, in namespace: String?) throws(RolloutHealError) -> Rollout {
        let own = metadata.namespace ?? ""
        let place = "\(own.cut(toBytes: ObjectName.longest))/\(metadata.name.cut(toBytes: ObjectName.longest))"
        guard metadata.name.isObjectName, own.isObjectName else {
            throw .undecodable(kind: "Rollout", name: place, what: "that is not the name of an object")
        }
        guard name == nil || name == metadata.name, namespace == nil || namespace == own else {
            let asked = [namespace, name].compactMap { $0 }.joined(separator: "/")
            throw .undecodable(kind: "Rollout", name: place, what: "\(asked) was asked for")
        }
        return self
    }
}

extension String {
    /// Whether it is an RFC 1123 subdomain, as the API server requires for names of Rollouts.
    fileprivate var isObjectName: Bool {
        (1...253).contains(utf8.count)
            && utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            } && !hasPrefix(".") && !hasSuffix(".")
    }
}

internal import FoundationEssentials

/// One event of a watch in wire format: `{"type":…,"object":…}`.
package struct WatchEvent: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Added or modified; level-triggered code does not distinguish them.
        case changed
        case deleted
        /// Carries only the version that the server has reached.
        case bookmark
        /// The bookmark after the last object of a streaming list: its version is that of the list.
        case listed
        /// The last event of a stream; the object is a Status.
        case failed(APIStatus)
    }

    package var kind: Kind
    /// The object as JSON.
    package var object: [UInt8]
    /// The object's version; nil if it has none.
    package var resourceVersion: String?

    /// Reads an event from a whole JSON object.
    ///
    /// - Throws: ``KubeError/malformed(what:url:)`` if it is no watch event.
    init(_ json: [UInt8], from resource: APIResource) throws(KubeError) {
        guard let type = JSONMember.string("type", in: json[...]),
            let object = JSONMember.value(of: "object", in: json[...]), object.first == UInt8(ascii: "{")
        else { throw .malformed(what: "it is not a watch event", url: resource.qualifiedName) }
        self.object = Array(object)
        let metadata = JSONMember.value(of: "metadata", in: object)
        resourceVersion = metadata.flatMap { JSONMember.string("resourceVersion", in: $0) }
        switch type {
        case "ADDED", "MODIFIED": kind = .changed
        case "DELETED": kind = .deleted
        case "BOOKMARK":
            let end = metadata.flatMap { JSONMember.value(of: "annotations", in: $0) }
                .flatMap { JSONMember.string("k8s.io/initial-events-end", in: $0) }
            kind = end == "true" ? .listed : .bookmark
        case "ERROR":
            kind = .failed(
                APIStatus(code: 500, body: self.object, isText: false, request: "watch \(resource.qualifiedName)"))
        default: throw .malformed(what: "it has the unknown type \(type.prefix(32))", url: resource.qualifiedName)
        }
    }
}

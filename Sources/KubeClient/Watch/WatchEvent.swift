internal import FoundationEssentials

/// One event of a watch, as it comes over the wire: `{"type":…,"object":…}`.
package struct WatchEvent: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Added, or modified: level-triggered code has no use for the difference.
        case changed
        case deleted
        /// Only says how far the server has come; the object carries nothing but the version.
        case bookmark
        /// The last event of a stream; the object is a Status.
        case failed(APIStatus)
    }

    package var kind: Kind
    /// As JSON.
    package var object: [UInt8]
    /// Of the object; nil where it has none.
    package var resourceVersion: String?

    /// Reads an event that a ``JSONSplitter`` has cut out; throws for anything that is none.
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
        case "BOOKMARK": kind = .bookmark
        case "ERROR":
            kind = .failed(
                APIStatus(code: 500, body: self.object, isText: false, request: "watch \(resource.qualifiedName)"))
        default: throw .malformed(what: "it has the unknown type \(type.prefix(32))", url: resource.qualifiedName)
        }
    }
}

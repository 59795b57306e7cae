internal import FoundationEssentials
internal import Rollouts

/// Decodes one JSON object.
///
/// - Throws: ``RolloutHealError/undecodable(kind:name:what:)`` with the object's name and the faulty field.
func decodeObject<Object: Decodable>(_ type: Object.Type, from json: [UInt8]) throws(RolloutHealError) -> Object {
    do {
        return try JSONDecoder().decode(type, from: Data(json))
    } catch {
        throw .undecodable(kind: "\(type)", name: ObjectName(in: json).text, what: fault(error))
    }
}

/// The namespace and name of a JSON object; empty if they cannot be read.
struct ObjectName {
    /// The limit for names, in bytes; longer ones are cut.
    static let longest = 253

    var namespace: String
    var name: String

    init(in json: [UInt8]) {
        struct Named: Decodable {
            struct Metadata: Decodable {
                var name: String?
                var namespace: String?
            }

            var metadata: Metadata?
        }
        let metadata = (try? JSONDecoder().decode(Named.self, from: Data(json)))?.metadata
        namespace = (metadata?.namespace ?? "").cut(toBytes: Self.longest)
        name = (metadata?.name ?? "").cut(toBytes: Self.longest)
    }

    var text: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    var id: RolloutID { RolloutID(namespace: namespace, name: name) }
}

private func fault(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "it is not a JSON object" }
    switch error {
    case .typeMismatch(let type, let context): return "\(path(context)) is not \(noun(type))"
    case .valueNotFound(_, let context): return "\(path(context)) has no value"
    case .keyNotFound(let key, let context): return "\(path(context, then: key)) is missing"
    case .dataCorrupted(let context):
        return context.codingPath.isEmpty
            ? "it is not valid JSON, or a number in it is out of range"
            : "\(path(context)) is out of range or malformed"
    @unknown default: return "it cannot be decoded"
    }
}

private func noun(_ type: any Any.Type) -> String {
    switch type {
    case is Int64.Type: "a whole number"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list"
    default: "an object"
    }
}

private func path(_ context: DecodingError.Context, then last: (any CodingKey)? = nil) -> String {
    let keys = context.codingPath + (last.map { [$0] } ?? [])
    return keys.reduce(into: "") { path, key in
        path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? key.stringValue : ".\(key.stringValue)")
    }
}

import Documents
import Formats

/// As much of JSON Schema as docs/schemas uses.
enum SchemaChecker {
    static func faults(_ node: YAMLNode, _ schema: YAMLNode, at place: String = "") -> [String] {
        let path = place.isEmpty ? "/" : place
        let types = schema["type"]?.items?.compactMap(\.string) ?? [schema["type"]?.string ?? ""]
        guard types.contains(type(of: node)) else {
            return ["\(path): \(node.kind) is not \(types.joined(separator: " or "))"]
        }
        if node.isNull { return [] }
        var faults: [String] = []
        if let words = schema["enum"]?.items, !words.contains(where: { $0.string == node.string }) {
            faults.append("\(path): \(node.string ?? "") is not one of the words")
        }
        if schema["format"]?.string == "date-time", node.string.flatMap({ Timestamp(rfc3339: $0) }) == nil {
            faults.append("\(path): \(node.string ?? "") is not a time")
        }
        if let items = node.items, let each = schema["items"] {
            faults += items.enumerated().flatMap { self.faults($1, each, at: "\(place)/\($0)") }
        }
        guard let pairs = node.pairs else { return faults }
        faults += (schema["required"]?.items ?? []).compactMap(\.string).filter { node[$0] == nil }.map {
            "\(path): \($0) is missing"
        }
        for (key, value) in pairs {
            if let property = schema["properties"]?[key] {
                faults += self.faults(value, property, at: "\(place)/\(key)")
            } else if schema["additionalProperties"]?.bool == false {
                faults.append("\(path): \(key) is not in the schema")
            }
        }
        return faults
    }

    private static func type(of node: YAMLNode) -> String {
        switch node.value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .float: "number"
        case .string: "string"
        case .sequence: "array"
        case .mapping: "object"
        }
    }
}

internal import Formats
internal import Documents

/// Reads the fields of one mapping in a kubeconfig file. Types are strict, null means absent, unknown fields are
/// ignored.
struct FieldReader {
    private let node: YAMLNode
    private let file: String
    /// `users[1].user`; empty for the document.
    private let path: String

    /// Treats an absent or null mapping as empty.
    init(_ node: YAMLNode?, file: String, path: String) throws(KubeConfigError) {
        let node = node ?? YAMLNode(.null)
        self.node = node
        self.file = file
        self.path = path
        guard node.isNull || node.pairs != nil else { throw mismatch(node, at: path, expected: "a mapping") }
    }

    func place(of key: String) -> KubeConfigError.Place {
        KubeConfigError.Place(file: file, position: (node[key] ?? node).position, field: field(key))
    }

    func has(_ key: String) -> Bool {
        present(key) != nil
    }

    func node(_ key: String) -> YAMLNode? {
        present(key)
    }

    func string(_ key: String) throws(KubeConfigError) -> String? {
        guard let node = present(key) else { return nil }
        let text = try string(node, field(key))
        return text.isEmpty ? nil : text
    }

    func bool(_ key: String) throws(KubeConfigError) -> Bool {
        guard let node = present(key) else { return false }
        guard let flag = node.bool else { throw mismatch(node, at: field(key), expected: "a boolean") }
        return flag
    }

    /// Reads a list of strings; null items become empty strings.
    func strings(_ key: String) throws(KubeConfigError) -> [String] {
        var texts: [String] = []
        for (index, item) in try items(key).enumerated() {
            texts.append(item.isNull ? "" : try string(item, "\(field(key))[\(index)]"))
        }
        return texts
    }

    func stringLists(_ key: String) throws(KubeConfigError) -> [String: [String]] {
        let fields = try mapping(key)
        var lists: [String: [String]] = [:]
        for name in fields.node.pairs?.map(\.key) ?? [] { lists[name] = try fields.strings(name) }
        return lists
    }

    /// Decodes base64, which `*-data` fields use.
    func bytes(_ key: String) throws(KubeConfigError) -> [UInt8]? {
        guard let text = try string(key) else { return nil }
        do {
            let bytes = try Base64.decode(Array(text.utf8))
            return bytes.isEmpty ? nil : bytes
        } catch {
            throw .illegalBase64(place(of: key), offset: error.offset)
        }
    }

    func mapping(_ key: String) throws(KubeConfigError) -> FieldReader {
        try FieldReader(present(key), file: file, path: field(key))
    }

    func mappings(_ key: String) throws(KubeConfigError) -> [FieldReader] {
        var readers: [FieldReader] = []
        for (index, item) in try items(key).enumerated() {
            readers.append(try FieldReader(item, file: file, path: "\(field(key))[\(index)]"))
        }
        return readers
    }

    /// Reads a list of `{name: …}` mappings, which kubeconfig uses as a map. A missing name is read as "".
    func named(_ key: String) throws(KubeConfigError) -> [(name: String, item: FieldReader)] {
        var found: [(name: String, item: FieldReader)] = []
        var names: Set<String> = []
        for item in try mappings(key) {
            let name = try item.string("name") ?? ""
            guard names.insert(name).inserted else { throw .duplicateName(item.place(of: "name"), name: name) }
            found.append((name, item))
        }
        return found
    }

    private func field(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    private func present(_ key: String) -> YAMLNode? {
        node[key].flatMap { $0.isNull ? nil : $0 }
    }

    private func items(_ key: String) throws(KubeConfigError) -> [YAMLNode] {
        guard let node = present(key) else { return [] }
        guard let items = node.items else { throw mismatch(node, at: field(key), expected: "a list") }
        return items
    }

    private func string(_ node: YAMLNode, _ field: String) throws(KubeConfigError) -> String {
        guard let text = node.string else { throw mismatch(node, at: field, expected: "a string") }
        return text
    }

    private func mismatch(_ node: YAMLNode, at field: String, expected: String) -> KubeConfigError {
        .wrongType(.init(file: file, position: node.position, field: field), expected: expected, found: node.kind)
    }
}

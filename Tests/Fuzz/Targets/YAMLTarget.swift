import Documents

extension Target {
    /// Any bytes: every document gives a tree or an error, and a written tree reads as the same tree.
    static let yaml = Target(name: "yaml") { bytes in
        var reader = YAMLReader(bytes)
        while let document = try? reader.next() {
            let compact = document.json(pretty: false)
            let written = planted(compact, as: compact + " x: y", where: compact.contains("[{"))
            precondition(reads(written) == document.plain, "JSON that reads as another tree")
            precondition(
                reads(document.json(pretty: true)) == document.plain, "indented JSON that reads as another tree")
            precondition(reads(document.yaml()) == document.plain, "YAML that reads as another tree")
        }
        _ = try? YAMLNode.firstDocument(in: bytes)
    }
}

private func reads(_ text: String) -> YAMLNode? {
    (try? YAMLNode.firstDocument(in: Array(text.utf8)))?.plain
}

extension YAMLNode {
    /// The tree without positions, which writing changes, and with one type of number: 1e3 is written as 1000.
    fileprivate var plain: YAMLNode {
        switch value {
        case .sequence(let items): YAMLNode(.sequence(items.map(\.plain)))
        case .mapping(let pairs): YAMLNode(.mapping(pairs.map { ($0.key, $0.value.plain) }))
        case .integer(let number): YAMLNode(.float(Double(number)))
        default: YAMLNode(value)
        }
    }
}

/// Builds the tree of one document from its events, without recursion and within fixed limits.
struct DocumentComposer {
    /// The limit for nesting. libyaml is quadratic in nested flow collections, and the tree is walked and freed
    /// recursively; hand-written documents are a tenth as deep.
    static let maximumDepth = 1000
    /// The limit for values and keys of one document after alias expansion.
    static let maximumNodes = 20_000_000

    /// A node with its cost of expansion.
    private struct Part {
        var node: YAMLNode
        var weight: Int
        var height: Int
    }

    private enum Anchor {
        case open
        case complete(Part)
    }

    private struct Frame {
        enum Key {
            case none
            case name(String)
            case merge
        }

        let isMapping: Bool
        let anchor: String?
        let position: YAMLNode.Position
        var items: [YAMLNode] = []
        var pairs: [(key: String, value: YAMLNode)] = []
        /// Built once there are 16 keys; linear search is faster before.
        var index: [String: Int] = [:]
        var key = Key.none
        var weight = 1
        var height = 1

        mutating func set(_ key: String, to value: YAMLNode) {
            if let place = place(of: key) {
                pairs[place].value = value
            } else {
                if !index.isEmpty { index[key] = pairs.count }
                pairs.append((key, value))
            }
        }

        mutating func place(of key: String) -> Int? {
            if pairs.count < 16 { return pairs.firstIndex { $0.key == key } }
            if index.isEmpty {
                for (place, pair) in pairs.enumerated() { index[pair.key] = place }
            }
            return index[key]
        }

        /// Applies a `<<`: earlier mappings of its list win, and override keys before it; later keys override it
        /// (go-yaml v2 decode.go `merge`, used by kubectl).
        mutating func merge(_ mappings: [YAMLNode]) {
            for mapping in mappings.reversed() {
                for pair in mapping.pairs ?? [] { set(pair.key, to: pair.value) }
            }
        }
    }

    private var frames: [Frame] = []
    private var anchors: [String: Anchor] = [:]
    private var nodeCount = 0
    private var aliasedCount = 0

    /// Takes an event; returns the root when the document is complete.
    mutating func take(_ event: YAMLEvent) throws(YAMLError) -> YAMLNode? {
        switch event.kind {
        case .scalar(let scalar):
            return try takeScalar(scalar, event)
        case .alias(let name):
            return try takeAlias(name, at: event.position)
        case .sequenceStart, .mappingStart:
            try open(event)
            return nil
        case .collectionEnd:
            return try close()
        case .streamStart, .streamEnd, .documentStart, .documentEnd:
            return nil
        }
    }

    private mutating func takeScalar(_ scalar: YAMLScalar, _ event: YAMLEvent) throws(YAMLError) -> YAMLNode? {
        if scalar.isMergeKey, event.anchor == nil, expectsKey {
            frames[frames.count - 1].key = .merge
            return nil
        }
        let value: YAMLNode.Value
        do {
            value = try scalar.resolved()
        } catch {
            throw YAMLError(error.reason, at: event.position)
        }
        try count(1, at: event.position)
        let part = Part(node: YAMLNode(value, at: event.position), weight: 1, height: 0)
        if let name = event.anchor { anchors[name] = .complete(part) }
        return try place(part)
    }

    private mutating func takeAlias(_ name: String, at position: YAMLNode.Position) throws(YAMLError) -> YAMLNode? {
        switch anchors[name] {
        case nil: throw YAMLError(.unknownAnchor, at: position)
        case .open: throw YAMLError(.anchorContainsItself, at: position)
        case .complete(let part):
            guard frames.count + part.height <= Self.maximumDepth else {
                throw YAMLError(.tooDeep(limit: Self.maximumDepth), at: position)
            }
            aliasedCount += part.weight
            try count(part.weight, at: position)
            guard isAliasingBearable else { throw YAMLError(.excessiveAliasing, at: position) }
            return try place(part)
        }
    }

    private mutating func open(_ event: YAMLEvent) throws(YAMLError) {
        guard frames.count < Self.maximumDepth else {
            throw YAMLError(.tooDeep(limit: Self.maximumDepth), at: event.position)
        }
        try count(1, at: event.position)
        let isMapping = if case .mappingStart = event.kind { true } else { false }
        guard !expectsKey else {
            throw YAMLError(.unusableKey(isMapping ? "a mapping" : "a list"), at: event.position)
        }
        if let name = event.anchor { anchors[name] = .open }
        frames.append(Frame(isMapping: isMapping, anchor: event.anchor, position: event.position))
    }

    private mutating func close() throws(YAMLError) -> YAMLNode? {
        guard let frame = frames.popLast() else { return nil }
        let value: YAMLNode.Value = frame.isMapping ? .mapping(frame.pairs) : .sequence(frame.items)
        let part = Part(
            node: YAMLNode(value, at: frame.position), weight: frame.weight, height: frame.height)
        if let name = frame.anchor { anchors[name] = .complete(part) }
        return try place(part)
    }

    /// Adds a complete node to its parent; returns it if it is the root.
    private mutating func place(_ part: Part) throws(YAMLError) -> YAMLNode? {
        guard !frames.isEmpty else { return part.node }
        let last = frames.count - 1
        frames[last].weight += part.weight
        frames[last].height = max(frames[last].height, part.height + 1)
        guard frames[last].isMapping else {
            frames[last].items.append(part.node)
            return nil
        }
        switch frames[last].key {
        case .none:
            guard let name = part.node.keyText else {
                throw YAMLError(.unusableKey(part.node.kind), at: part.node.position ?? frames[last].position)
            }
            frames[last].key = .name(name)
        case .name(let name):
            frames[last].set(name, to: part.node)
            frames[last].key = .none
        case .merge:
            let sources = part.node.items ?? [part.node]
            guard sources.allSatisfy({ $0.pairs != nil }) else {
                throw YAMLError(.badMerge, at: part.node.position ?? frames[last].position)
            }
            frames[last].merge(sources)
            frames[last].key = .none
        }
        return nil
    }

    private var expectsKey: Bool {
        guard let frame = frames.last, frame.isMapping, case .none = frame.key else { return false }
        return true
    }

    private mutating func count(_ nodes: Int, at position: YAMLNode.Position) throws(YAMLError) {
        nodeCount += nodes
        guard nodeCount <= Self.maximumNodes else {
            throw YAMLError(.tooManyNodes(limit: Self.maximumNodes), at: position)
        }
    }

    /// go-yaml v2 decode.go `allowedAliasRatio`: the share of aliased values falls from 99 % at 400,000 to 10 % at
    /// 4,000,000.
    private var isAliasingBearable: Bool {
        guard aliasedCount > 100, nodeCount > 1000 else { return true }
        let allowed =
            switch nodeCount {
            case ...400_000: 0.99
            case 4_000_000...: 0.10
            default: 0.99 - 0.89 * Double(nodeCount - 400_000) / 3_600_000
            }
        return Double(aliasedCount) / Double(nodeCount) <= allowed
    }
}

extension YAMLNode {
    /// The scalar as a JSON key (sigs.k8s.io/yaml `convertToJSONableObject`); nil for null and collections.
    fileprivate var keyText: String? {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .float(let number): GoNumber.format(number)
        case .null, .sequence, .mapping: nil
        }
    }
}

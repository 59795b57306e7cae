/// Applies steps in order, each to all values that the previous one selected.
enum JSONPathWalk {
    typealias Placed = JSONPath.Placed

    static func select(_ steps: [Placed], from values: [YAMLNode]) throws(JSONPathError) -> [YAMLNode] {
        var values = values
        for step in steps { values = try select(step, from: values) }
        return values
    }

    private static func select(_ placed: Placed, from values: [YAMLNode]) throws(JSONPathError) -> [YAMLNode] {
        switch placed.step {
        case .field(let name): values.compactMap { $0[name] }
        case .every: values.flatMap(children)
        case .descendants: values.flatMap(descendants)
        case .text(let text): [YAMLNode(.string(text))]
        case .number(let number): values.map { _ in number }
        case .flag(let flag): values.map { _ in YAMLNode(.bool(flag)) }
        case .union(let members):
            try members.map { member throws(JSONPathError) in try select(member, from: values) }.flatMap(\.self)
        case .slice(let slice):
            try values.map { value throws(JSONPathError) in try select(slice, of: value, at: placed.position) }
                .flatMap(\.self)
        case .filter(let filter):
            try values.map { value throws(JSONPathError) in try select(filter, of: value, at: placed.position) }
                .flatMap(\.self)
        }
    }

    private static func children(_ value: YAMLNode) -> [YAMLNode] {
        value.items ?? value.pairs?.map(\.value) ?? []
    }

    /// The value, if it has children, and all values below it that have some.
    private static func descendants(_ value: YAMLNode) -> [YAMLNode] {
        let children = children(value)
        return children.isEmpty ? [] : [value] + children.flatMap(descendants)
    }

    private static func error(_ reason: String, _ position: Int) -> JSONPathError {
        JSONPathError(position: position, reason: reason, isSyntax: false)
    }

    /// The items of a list; none for null.
    private static func items(_ value: YAMLNode, _ position: Int) throws(JSONPathError) -> [YAMLNode] {
        if value.isNull { return [] }
        guard let items = value.items else { throw error("\(value.kind) is not a list", position) }
        return items
    }

    private static func select(
        _ slice: JSONPath.Slice, of value: YAMLNode, at position: Int
    ) throws(JSONPathError) -> [YAMLNode] {
        if value.isNull { return [] }
        let items = try items(value, position)
        let count = items.count
        func fromEnd(_ index: Int) -> Int { index < 0 ? index &+ count : index }
        let start = fromEnd(slice.start ?? 0)
        let end = slice.isIndex ? start &+ 1 : fromEnd(slice.end ?? count)
        if start == end { return [] }
        guard (0..<max(count, 0)).contains(start) else {
            throw error("array index out of bounds: index \(start), length \(count)", position)
        }
        guard (0...count).contains(end) else {
            throw error("array index out of bounds: index \(end - 1), length \(count)", position)
        }
        guard start <= end else { throw error("starting index \(start) is greater than ending index \(end)", position) }
        let step = slice.step ?? 1
        guard step > 0 else { throw error("step must be > 0", position) }
        return stride(from: start, to: end, by: step).map { items[$0] }
    }

    private static func select(
        _ filter: JSONPath.Filter, of value: YAMLNode, at position: Int
    ) throws(JSONPathError) -> [YAMLNode] {
        var selected: [YAMLNode] = []
        for item in try items(value, position) where try passes(item, filter, at: position) { selected.append(item) }
        return selected
    }

    private static func passes(
        _ item: YAMLNode, _ filter: JSONPath.Filter, at position: Int
    ) throws(JSONPathError) -> Bool {
        guard let comparison = filter.comparison else {
            // A path that fails counts as absent, as in kubectl.
            return !((try? select(filter.left, from: [item])) ?? []).isEmpty
        }
        let left = try select(filter.left, from: [item])
        let right = try select(filter.right, from: [item])
        guard let first = left.first, let second = right.first else { return false }
        if left.count > 1 || right.count > 1 { throw error("can only compare one element at a time", position) }
        return try compare(first, second, by: comparison, at: position)
    }

    private static func compare(
        _ left: YAMLNode, _ right: YAMLNode, by comparison: JSONPath.Filter.Comparison, at position: Int
    ) throws(JSONPathError) -> Bool {
        if left.isNull || right.isNull { return comparison == .unequal }
        switch (left.value, right.value) {
        case (.string(let left), .string(let right)): return comparison.holds(left, right)
        case (.integer(let left), .integer(let right)): return comparison.holds(left, right)
        case (.bool(let left), .bool(let right)) where comparison == .equal || comparison == .unequal:
            return (left == right) == (comparison == .equal)
        default:
            guard let left = left.double, let right = right.double else {
                throw error("\(left.kind) cannot be compared with \(right.kind) by \(comparison.rawValue)", position)
            }
            return comparison.holds(left, right)
        }
    }
}

extension JSONPath.Filter.Comparison {
    fileprivate func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .unequal: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

extension YAMLNode {
    /// The number, whether integer or float.
    fileprivate var double: Double? {
        switch value {
        case .integer(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }
}

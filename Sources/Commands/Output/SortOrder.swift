internal import Documents
internal import RolloutHeal

/// `--sort-by=.since`: sorts rows by a field of `-o json` as kubectl does: null first, runs of digits as numbers.
struct SortOrder {
    private let path: Template

    init(_ text: String) throws {
        path = try Template(relaxed: text)
    }

    /// Sorts the rows of all clusters together; each row is returned in findings of its own.
    func sorted(_ findings: [Findings]) throws -> [Findings] {
        var rows: [(key: YAMLNode?, row: Findings)] = []
        for place in findings {
            for found in place.found {
                let key = try path.values(in: DiagnosisList.item(found, context: place.context)).first
                rows.append(
                    (key, Findings(context: place.context, found: [found], namespace: place.namespace, now: place.now)))
            }
        }
        if !rows.isEmpty, rows.allSatisfy({ $0.key == nil }) {
            let names = DiagnosisList.fields.map(\.name).joined(separator: ", ")
            throw UsageError.badValue(
                flag: "--sort-by", value: path.text,
                reason: "no Rollout has that field; the fields of -o json are \(names)")
        }
        // The sort is stable.
        return rows.enumerated().sorted { left, right in
            if Self.isLess(left.element.key, right.element.key) { return true }
            return !Self.isLess(right.element.key, left.element.key) && left.offset < right.offset
        }.map(\.element.row)
    }

    private static func isLess(_ left: YAMLNode?, _ right: YAMLNode?) -> Bool {
        switch (left?.value ?? .null, right?.value ?? .null) {
        case (_, .null): false
        case (.null, _): true
        case (.integer(let left), .integer(let right)): left < right
        case (.bool(let left), .bool(let right)): !left && right
        case (.string(let left), .string(let right)): left.isNaturallyLess(than: right)
        default: false
        }
    }
}

extension String {
    /// Compares by characters, but runs of digits by number: `web-9` before `web-10`.
    func isNaturallyLess(than other: String) -> Bool {
        var left = utf8[...]
        var right = other.utf8[...]
        while let first = left.first, let second = right.first {
            if first.isDigit, second.isDigit {
                let (number, otherNumber) = (left.takeNumber(), right.takeNumber())
                if number.count != otherNumber.count { return number.count < otherNumber.count }
                if !number.elementsEqual(otherNumber) { return number.lexicographicallyPrecedes(otherNumber) }
            } else if first != second {
                return first < second
            } else {
                left.removeFirst()
                right.removeFirst()
            }
        }
        if left.isEmpty != right.isEmpty { return left.isEmpty }
        return self < other
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}

extension Substring.UTF8View {
    /// Removes the leading digits, and returns them without leading zeros.
    fileprivate mutating func takeNumber() -> Substring.UTF8View {
        let digits = prefix { $0.isDigit }
        self = self[digits.endIndex...]
        return digits.drop { $0 == UInt8(ascii: "0") }
    }
}

internal import Formats

/// A scalar from libyaml, resolved by YAML 1.1 like in go-yaml v2 (resolve.go).
struct YAMLScalar {
    var text: String
    /// The full tag, such as `tag:yaml.org,2002:int` for `!!int`; nil if none was written.
    var tag: String?
    /// Whether the text alone determines the type: it is plain, or has the non-specific tag `!`.
    var isImplicit: Bool

    /// The prefix of YAML 1.1's standard tags.
    private static let standard = "tag:yaml.org,2002:"

    var isMergeKey: Bool {
        text == "<<" && (tag == nil ? isImplicit : tag == Self.standard + "merge")
    }

    func resolved() throws(Mismatch) -> YAMLNode.Value {
        guard let tag else { return isImplicit ? try Self.finite(Self.plain(text)) : .string(text) }
        guard tag.hasPrefix(Self.standard) else { return .string(text) }
        switch tag.dropFirst(Self.standard.count) {
        case "binary": return try binary()
        case "bool", "int", "float", "null": return try plain(as: tag.dropFirst(Self.standard.count))
        default: return .string(text)
        }
    }

    enum Mismatch: Error, Equatable {
        case tag(found: String, wanted: String)
        case binary
        case notFinite

        var reason: YAMLError.Reason {
            switch self {
            case .tag(let found, let wanted): .tagMismatch(found: found, wanted: wanted)
            case .binary: .invalidBinary
            case .notFinite: .notFinite
            }
        }
    }

    private func plain(as wanted: Substring) throws(Mismatch) -> YAMLNode.Value {
        let value = Self.plain(text)
        switch (value, wanted) {
        case (.null, "null"), (.bool, "bool"), (.integer, "int"): return value
        // Integers beyond Int64; a number with an exponent is a float.
        case (.float, "int") where UInt64(text) != nil || text.hasPrefix("0x"): return value
        case (.integer(let number), "float"): return .float(Double(number))
        case (.float, "float"): return try Self.finite(value)
        default: throw .tag(found: value.shortTag, wanted: "!!\(wanted)")
        }
    }

    private func binary() throws(Mismatch) -> YAMLNode.Value {
        do {
            return .string(String(decoding: try Base64.decode(Array(text.utf8)), as: UTF8.self))
        } catch {
            throw .binary
        }
    }

    private static func finite(_ value: YAMLNode.Value) throws(Mismatch) -> YAMLNode.Value {
        if case .float(let number) = value, !number.isFinite { throw .notFinite }
        return value
    }

    /// Types an untagged, unquoted text. Timestamps and base-60 numbers remain strings.
    static func plain(_ text: String) -> YAMLNode.Value {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return GoNumber.parse(text) ?? .string(text)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return word(text) ?? GoNumber.parse(text) ?? .string(text)
        case UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"),
            UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "o"), UInt8(ascii: "O"),
            UInt8(ascii: "~"):
            return word(text) ?? .string(text)
        default:
            return .string(text)
        }
    }

    private static func word(_ text: String) -> YAMLNode.Value? {
        guard text.utf8.count <= 5 else { return nil }
        switch text {
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .bool(true)
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .bool(false)
        case "~", "null", "Null", "NULL": return .null
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        default: return nil
        }
    }
}

extension YAMLNode.Value {
    fileprivate var shortTag: String {
        switch self {
        case .null: "!!null"
        case .bool: "!!bool"
        case .integer: "!!int"
        case .float: "!!float"
        case .string: "!!str"
        case .sequence: "!!seq"
        case .mapping: "!!map"
        }
    }
}

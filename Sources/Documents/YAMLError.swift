/// Why a YAML document is unusable, and the position of the fault. Never quotes a value of the document.
package struct YAMLError: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// A constant error text of libyaml's scanner, parser or decoder.
        case syntax(String)
        /// A `%YAML` directive for a version other than 1.1.
        case unsupportedVersion
        case unknownAnchor
        case anchorContainsItself
        case excessiveAliasing
        case tooDeep(limit: Int)
        case tooManyNodes(limit: Int)
        /// A `<<` whose value is neither a mapping nor a sequence of mappings.
        case badMerge
        /// A key that JSON cannot express: null, a mapping or a sequence.
        case unusableKey(String)
        /// A tag that does not fit its value; both in short form, such as `!!int`.
        case tagMismatch(found: String, wanted: String)
        case invalidBinary
        /// `.inf` or `.nan`, which JSON cannot express.
        case notFinite
    }

    package var reason: Reason
    /// Counted from 1.
    package var line: Int
    /// In characters, counted from 1.
    package var column: Int

    package init(_ reason: Reason, at position: YAMLNode.Position) {
        self.reason = reason
        line = position.line
        column = position.column
    }

    /// One line without the position, in go-yaml's words if it has any.
    package var message: String {
        switch reason {
        case .syntax(let problem): problem
        case .unsupportedVersion: "found incompatible YAML document"
        case .unknownAnchor: "unknown anchor referenced"
        case .anchorContainsItself: "anchor value contains itself"
        case .excessiveAliasing: "document contains excessive aliasing"
        case .tooDeep(let limit): "exceeded max depth of \(limit)"
        case .tooManyNodes(let limit): "document has more than \(limit) values"
        case .badMerge: "map merge requires map or sequence of maps as the value"
        case .unusableKey(let kind): "\(kind) cannot be a key"
        case .tagMismatch(let found, let wanted): "cannot decode \(found) as a \(wanted)"
        case .invalidBinary: "!!binary value contains invalid base64 data"
        case .notFinite: "infinity and not-a-number are no JSON values"
        }
    }
}

extension YAMLError: CustomStringConvertible {
    package var description: String { "\(line):\(column): \(message)" }
}

/// Why a text is no YAML document that can be used, and where it stops being one. Never quotes a value of the text.
package struct YAMLError: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// libyaml's words for what its scanner, parser or decoder met: constant texts.
        case syntax(String)
        /// A `%YAML` directive that names a version other than 1.1.
        case unsupportedVersion
        case unknownAnchor
        case anchorContainsItself
        case excessiveAliasing
        case tooDeep(limit: Int)
        case tooManyNodes(limit: Int)
        /// A `<<` whose value is neither a mapping nor a sequence of mappings.
        case badMerge
        /// A key that has no spelling in JSON: null, a mapping or a sequence.
        case unusableKey(String)
        /// A tag that does not fit its text: both in short form, `!!int`.
        case tagMismatch(found: String, wanted: String)
        case invalidBinary
        /// `.inf` and `.nan`, which JSON cannot say.
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

    /// One line without the position, in go-yaml's words where it has them.
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

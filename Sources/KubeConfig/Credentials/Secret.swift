/// A value that is hidden from print, logs, dumps and string interpolation.
package struct Secret<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The value itself, to be used only where it is sent.
    package let exposed: Value

    package init(_ value: Value) {
        exposed = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A value that no print, log, dump or interpolation shows.
package struct Secret<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The value itself: for the wire only.
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

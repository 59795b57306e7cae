#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file descriptor that is closed when nobody has it any more.
package final class Descriptor: Sendable {
    package let number: Int32

    /// - Parameter number: what is open, and nobody else closes.
    package init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}

extension Descriptor {
    /// The standard streams are there for as long as the process.
    package static let input = Descriptor(0)
    package static let output = Descriptor(1)
    package static let error = Descriptor(2)

    package convenience init(reading path: String) throws(SystemError) {
        self.init(try check { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    }

    /// Empties a file that is there already, to write it anew.
    package convenience init(overwriting path: String) throws(SystemError) {
        self.init(try check { unsafe open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) })
    }

    package var isTerminal: Bool { isatty(number) == 1 }

    /// What is there, at most `count` bytes, waiting for the first of them; empty at the end.
    package func read(upTo count: Int) throws(SystemError) -> [UInt8] {
        var result: Result<Int, SystemError> = .success(0)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = Result { () throws(SystemError) in try check { unsafe readNow(number, buffer) } }
            filled = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return bytes
    }

    /// How many of the bytes one call has taken.
    package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        try check { unsafe bytes.withUnsafeBytes { unsafe writeNow(number, $0) } }
    }
}

// The system's, whose names the methods hide.

private func readNow(_ number: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    unsafe read(number, buffer.baseAddress, buffer.count)
}

private func writeNow(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    unsafe write(number, bytes.baseAddress, bytes.count)
}

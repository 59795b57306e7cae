#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file descriptor that is closed with its last reference.
package final class Descriptor: Sendable {
    package let number: Int32

    /// - Parameter number: an open descriptor that nothing else closes.
    package init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}

extension Descriptor {
    /// The standard streams, which stay open as long as the process runs.
    package static let input = Descriptor(0)
    package static let output = Descriptor(1)
    package static let error = Descriptor(2)

    /// Opens a file for reading.
    package convenience init(reading path: String) throws(SystemError) {
        self.init(try check { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    }

    /// Opens an existing file for writing and truncates it.
    ///
    /// - Throws: ``SystemError``, such as ``SystemError/noSuchFile``.
    package convenience init(overwriting path: String) throws(SystemError) {
        self.init(try check { unsafe open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) })
    }

    package var isTerminal: Bool { isatty(number) == 1 }

    /// Reads at most `count` bytes, and waits for the first; empty at the end of the file.
    ///
    /// - Throws: ``SystemError``, such as ``SystemError/wouldBlock`` on a non-blocking descriptor.
    package func read(upTo count: Int) throws(SystemError) -> [UInt8] {
        var result: Result<Int, SystemError> = .success(0)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = Result { () throws(SystemError) in try check { unsafe readNow(number, buffer) } }
            filled = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return bytes
    }

    /// Writes with one call, and returns the number of bytes written.
    ///
    /// - Throws: ``SystemError``, such as ``SystemError/brokenPipe``.
    package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        try check { unsafe bytes.withUnsafeBytes { unsafe writeNow(number, $0) } }
    }
}

// The system calls, whose names the methods above hide.

private func readNow(_ number: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    unsafe read(number, buffer.baseAddress, buffer.count)
}

private func writeNow(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    unsafe write(number, bytes.baseAddress, bytes.count)
}

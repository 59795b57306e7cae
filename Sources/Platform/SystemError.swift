#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The `errno` of a failed system call.
package struct SystemError: Error, Sendable, Equatable {
    package var code: Int32

    package init(code: Int32) {
        self.code = code
    }

    /// The `errno` of this thread's last call.
    static var last: SystemError { SystemError(code: errno) }

    /// The C library's text.
    package var text: String { unsafe String(cString: strerror(code)) }

    package static let accessDenied = SystemError(code: EACCES)
    package static let addressNotAvailable = SystemError(code: EADDRNOTAVAIL)
    package static let brokenPipe = SystemError(code: EPIPE)
    package static let connectionRefused = SystemError(code: ECONNREFUSED)
    package static let connectionReset = SystemError(code: ECONNRESET)
    package static let familyNotSupported = SystemError(code: EAFNOSUPPORT)
    package static let inputOutput = SystemError(code: EIO)
    package static let isFolder = SystemError(code: EISDIR)
    package static let nameTooLong = SystemError(code: ENAMETOOLONG)
    package static let noMemory = SystemError(code: ENOMEM)
    package static let noRoomForSockets = SystemError(code: ENOBUFS)
    package static let noSuchDevice = SystemError(code: ENXIO)
    package static let noSuchFile = SystemError(code: ENOENT)
    package static let notAFolder = SystemError(code: ENOTDIR)
    package static let notASocket = SystemError(code: ENOTSOCK)
    package static let notPermitted = SystemError(code: EPERM)
    package static let timedOut = SystemError(code: ETIMEDOUT)
    package static let tooManyFiles = SystemError(code: EMFILE)
    package static let tooManyFilesInSystem = SystemError(code: ENFILE)
    package static let tooManyLinks = SystemError(code: ELOOP)
    /// A non-blocking descriptor has nothing to read, or no room to write.
    package static let wouldBlock = SystemError(code: EAGAIN)
}

/// Repeats a call that a signal interrupts; throws for a negative result.
@discardableResult
func check<Result: SignedInteger>(_ call: () -> Result) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = SystemError.last
        if error.code != EINTR { throw error }
    }
}

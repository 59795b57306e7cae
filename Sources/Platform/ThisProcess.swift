#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Properties and operations of this process.
package enum ThisProcess {
    /// Ends the process at once, without exit handlers.
    package static func exit(_ status: Int32) -> Never {
        _exit(status)
    }

    /// The current directory, or "/" if it was removed.
    package static var workingDirectory: String {
        guard let path = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    /// The host name; in a pod, the pod's name.
    package static var hostName: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Seconds since 1970.
    package static var wallClock: Int64 { Int64(time(nil)) }

    package static func unsetVariable(_ name: String) {
        unsafe unsetenv(name)
    }

    /// Opens closed standard streams on /dev/null: otherwise the next file or connection would get their number and
    /// receive their output.
    package static func openStandardStreams() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", O_RDWR)  // the lowest number that is free
        }
    }

    /// Redirects stderr to /dev/null, for child processes too.
    package static func silenceErrors() {
        let nowhere = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
        if nowhere >= 0 { dup2(nowhere, 2) }
    }
}

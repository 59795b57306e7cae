#if canImport(Glibc)
    @unsafe @preconcurrency internal import Glibc
#elseif canImport(Musl)
    @unsafe @preconcurrency internal import Musl
#else
    @unsafe @preconcurrency internal import Darwin
#endif

extension HostEnvironment {
    /// This process's own: its environment variables and working directory as they are now, and the file system.
    package static var process: HostEnvironment {
        HostEnvironment(
            variables: processVariables, workingDirectory: processDirectory,
            readFile: { path throws(FileError) in try ProcessFile.bytes(at: path) },
            checkExecutable: { path throws(FileError) in try ProcessFile.checkExecutable(path) },
            fileMode: { ProcessFile.mode(of: $0) })
    }

    private static var processVariables: [String: String] {
        var variables: [String: String] = [:]
        #if canImport(Darwin)
            var entry = unsafe _NSGetEnviron().pointee
        #else
            var entry = unsafe environ
        #endif
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // The first of a name counts, as for getenv.
            if pair.count == 2, variables[String(pair[0])] == nil { variables[String(pair[0])] = String(pair[1]) }
            unsafe entry += 1
        }
        return variables
    }

    /// "/" when the directory has gone.
    private static var processDirectory: String {
        guard let path = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

}

private enum ProcessFile {
    /// No configuration is larger; a device that never ends must not be read for ever.
    static let maximumSize = 64 << 20

    static func bytes(at path: String) throws(HostEnvironment.FileError) -> [UInt8] {
        let descriptor = try check { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try check { unsafe read(descriptor, &piece, piece.count) }
            if count == 0 { return bytes }
            bytes += piece[..<Int(count)]
            guard bytes.count <= maximumSize else {
                throw HostEnvironment.FileError(isMissing: false, reason: "file too large")
            }
        }
    }

    /// Through links, as it would be opened.
    static func mode(of path: String) -> UInt32? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return UInt32(status.st_mode & 0o777)
    }

    /// As `execve` would judge, but for what is inside the file: a folder is "permission denied".
    static func checkExecutable(_ path: String) throws(HostEnvironment.FileError) {
        var status = stat()
        _ = try check { unsafe stat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw HostEnvironment.FileError(isMissing: false, reason: words(for: EACCES))
        }
        _ = try check { unsafe access(path, X_OK) }
    }

    /// Calls until it is not interrupted; a negative result becomes the error of `errno`.
    private static func check<Result: SignedInteger>(_ call: () -> Result) throws(HostEnvironment.FileError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw HostEnvironment.FileError(isMissing: code == ENOENT, reason: words(for: code)) }
        }
    }

    /// Go's syscall error table, for what opening and reading a file can meet.
    private static func words(for code: Int32) -> String {
        switch code {
        case ENOENT: "no such file or directory"
        case EACCES: "permission denied"
        case EPERM: "operation not permitted"
        case EISDIR: "is a directory"
        case ENOTDIR: "not a directory"
        case ELOOP: "too many levels of symbolic links"
        case ENAMETOOLONG: "file name too long"
        case EMFILE: "too many open files"
        case ENFILE: "too many open files in system"
        case EIO: "input/output error"
        case ENXIO: "no such device or address"
        default: "errno \(code)"
        }
    }
}

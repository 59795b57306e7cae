#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Operations on files by path.
package enum Files {
    /// Reads a whole file; nil if it is larger than `limit` bytes.
    package static func bytes(of path: String, limit: Int) throws(SystemError) -> [UInt8]? {
        let file = try Descriptor(reading: path)
        var bytes: [UInt8] = []
        while true {
            let piece = try file.read(upTo: 64 << 10)
            if piece.isEmpty { return bytes }
            bytes += piece
            if bytes.count > limit { return nil }
        }
    }

    /// The permission bits of a regular file, with symbolic links followed; nil for anything else.
    package static func mode(of path: String) -> UInt32? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return UInt32(status.st_mode & 0o777)
    }

    /// Checks like `execve`, without the file's contents; a directory is `accessDenied`.
    package static func checkExecutable(_ path: String) throws(SystemError) {
        var status = stat()
        try check { unsafe stat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .accessDenied }
        try check { unsafe access(path, X_OK) }
    }

    package static func isReadable(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }

    /// The number of entries in a directory, without `.` and `..`; nil if it cannot be read.
    static func count(in folder: String) -> Int? {
        guard let stream = unsafe opendir(folder) else { return nil }
        defer { unsafe closedir(stream) }
        var count = -2
        while unsafe readdir(stream) != nil { count += 1 }
        return count
    }
}

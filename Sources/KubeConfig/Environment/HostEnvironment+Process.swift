internal import Platform

extension HostEnvironment {
    /// This process's environment variables and working directory, and the real file system.
    package static var process: HostEnvironment {
        HostEnvironment(
            variables: ThisProcess.variables, workingDirectory: ThisProcess.workingDirectory,
            readFile: { path throws(FileError) in try bytes(of: path) },
            checkExecutable: { path throws(FileError) in
                do throws(SystemError) { try Files.checkExecutable(path) } catch { throw FileError(error) }
            },
            fileMode: { Files.mode(of: $0) })
    }

    /// The limit for a file, in bytes; reading an endless device must stop.
    private static let maximumSize = 64 << 20

    private static func bytes(of path: String) throws(FileError) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try Files.bytes(of: path, limit: maximumSize)
        } catch {
            throw FileError(error)
        }
        guard let bytes else { throw FileError(isMissing: false, reason: "file too large") }
        return bytes
    }
}

extension HostEnvironment.FileError {
    fileprivate init(_ error: SystemError) {
        self.init(isMissing: error == .noSuchFile, reason: error.goText)
    }
}

extension SystemError {
    /// The texts of Go's syscall error table for opening and reading files.
    fileprivate var goText: String {
        switch self {
        case .noSuchFile: "no such file or directory"
        case .accessDenied: "permission denied"
        case .notPermitted: "operation not permitted"
        case .isFolder: "is a directory"
        case .notAFolder: "not a directory"
        case .tooManyLinks: "too many levels of symbolic links"
        case .nameTooLong: "file name too long"
        case .tooManyFiles: "too many open files"
        case .tooManyFilesInSystem: "too many open files in system"
        case .inputOutput: "input/output error"
        case .noSuchDevice: "no such device or address"
        default: "errno \(code)"
        }
    }
}

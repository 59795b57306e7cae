/// Environment variables, working directory and file access; passed in, so that tests control them.
package struct HostEnvironment: Sendable {
    /// Why a file could not be read: `errno` in Go's words ("no such file or directory").
    package struct FileError: Error, Sendable, Equatable {
        package var isMissing: Bool
        package var reason: String

        package init(isMissing: Bool, reason: String) {
            self.isMissing = isMissing
            self.reason = reason
        }
    }

    package var variables: [String: String]
    /// An absolute path.
    package var workingDirectory: String
    /// Reads the file at an absolute path.
    package var readFile: @Sendable (String) throws(FileError) -> [UInt8]
    /// Throws if the file at an absolute path is not executable.
    package var checkExecutable: @Sendable (String) throws(FileError) -> Void
    /// Returns the permission bits of the regular file at an absolute path, otherwise nil.
    package var fileMode: @Sendable (String) -> UInt32?

    package init(
        variables: [String: String], workingDirectory: String,
        readFile: @escaping @Sendable (String) throws(FileError) -> [UInt8],
        checkExecutable: @escaping @Sendable (String) throws(FileError) -> Void = { _ throws(FileError) in
            throw FileError(isMissing: true, reason: "no such file or directory")
        },
        fileMode: @escaping @Sendable (String) -> UInt32? = { _ in nil }
    ) {
        self.variables = variables
        self.workingDirectory = workingDirectory
        self.readFile = readFile
        self.checkExecutable = checkExecutable
        self.fileMode = fileMode
    }
}

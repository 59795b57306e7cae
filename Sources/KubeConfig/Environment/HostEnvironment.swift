/// What a configuration is read from: environment variables, working directory and files, passed in so that tests own them.
package struct HostEnvironment: Sendable {
    /// Why a file could not be read: `errno` in words, as Go prints it ("no such file or directory").
    package struct FileError: Error, Sendable, Equatable {
        package var isMissing: Bool
        package var reason: String

        package init(isMissing: Bool, reason: String) {
            self.isMissing = isMissing
            self.reason = reason
        }
    }

    package var variables: [String: String]
    /// Absolute.
    package var workingDirectory: String
    /// The bytes of the file at an absolute path.
    package var readFile: @Sendable (String) throws(FileError) -> [UInt8]
    /// Throws what keeps the file at an absolute path from being executed.
    package var checkExecutable: @Sendable (String) throws(FileError) -> Void
    /// Who may read the file at an absolute path: the permission bits of one that is a file, else nil.
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

/// A kubeconfig file that other users may read.
package struct ExposedFile: Sendable, Equatable {
    package var path: String
    /// `its group`, `others`, or both joined by "and".
    package var readers: String

    /// The exposed files among those in use, in their order (like helm's `checkPerms`).
    package static func all(flags: ConnectionFlags, environment: HostEnvironment) -> [ExposedFile] {
        MergedKubeConfig.paths(flags, environment).compactMap { path in
            let place = environment.absolute(path)
            guard let mode = environment.fileMode(place) else { return nil }
            let readers = [mode & 0o040 != 0 ? "its group" : nil, mode & 0o004 != 0 ? "others" : nil].compactMap { $0 }
            return readers.isEmpty ? nil : ExposedFile(path: path, readers: readers.joined(separator: " and "))
        }
    }
}

/// A kubeconfig that more people may read than the one whose credentials are in it.
package struct ExposedFile: Sendable, Equatable {
    package var path: String
    /// `its group`, `others`.
    package var readers: String

    /// Those of the files that count, in their order (helm's checkPerms, which warns of the same).
    package static func all(flags: ConnectionFlags, environment: HostEnvironment) -> [ExposedFile] {
        MergedKubeConfig.paths(flags, environment).compactMap { path in
            let place = environment.absolute(path)
            guard let mode = environment.fileMode(place) else { return nil }
            let readers = [mode & 0o040 != 0 ? "its group" : nil, mode & 0o004 != 0 ? "others" : nil].compactMap { $0 }
            return readers.isEmpty ? nil : ExposedFile(path: path, readers: readers.joined(separator: " and "))
        }
    }
}

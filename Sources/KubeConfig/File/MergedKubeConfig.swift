/// All kubeconfig files in use, merged: the first file that has an entry of a name provides the whole entry.
package struct MergedKubeConfig: Sendable {
    package struct ContextSummary: Sendable, Equatable {
        package var name: String
        package var cluster: String?
        package var user: String?
        package var namespace: String?

        package init(name: String, cluster: String? = nil, user: String? = nil, namespace: String? = nil) {
            self.name = name
            self.cluster = cluster
            self.user = user
            self.namespace = namespace
        }
    }

    /// From the first file that sets it.
    package private(set) var currentContext: String?
    private(set) var contexts = Entries<KubeConfigFile.Context>()
    private(set) var clusters = Entries<KubeConfigFile.Cluster>()
    private(set) var users = Entries<KubeConfigFile.User>()

    /// In the order of the files and of their lists.
    package var contextSummaries: [ContextSummary] {
        contexts.names.map { name in
            let context = contexts[name]
            return ContextSummary(
                name: name, cluster: context?.cluster, user: context?.user, namespace: context?.namespace)
        }
    }

    /// Reads `--kubeconfig`, the files of `$KUBECONFIG`, or `$HOME/.kube/config` (client-go tools/clientcmd/loader.go).
    ///
    /// - Throws: ``KubeConfigError`` if an existing file cannot be read or parsed, or the file of the flag is missing.
    package static func load(
        flags: ConnectionFlags, environment: HostEnvironment
    ) throws(KubeConfigError) -> MergedKubeConfig {
        var merged = MergedKubeConfig()
        for path in paths(flags, environment) {
            if let file = try read(path, environment) {
                merged.add(file)
            } else if path == flags.kubeconfig {
                throw .missingFile(path)
            }
        }
        return merged
    }

    /// The files in use, as named by the user.
    static func paths(_ flags: ConnectionFlags, _ environment: HostEnvironment) -> [String] {
        if let path = flags.kubeconfig, !path.isEmpty { [path] } else { paths(environment) }
    }

    /// A non-empty `$KUBECONFIG` is used even if it lists no file.
    private static func paths(_ environment: HostEnvironment) -> [String] {
        guard let list = environment.variable("KUBECONFIG") else {
            let home = environment.variable("HOME")
            return [home.map { LexicalPath.clean("\($0)/.kube/config") } ?? ".kube/config"]
        }
        var seen: Set<Substring> = []
        return list.split(separator: ":").filter { seen.insert($0).inserted }.map { String($0) }
    }

    private static func read(
        _ path: String, _ environment: HostEnvironment
    ) throws(KubeConfigError) -> KubeConfigFile? {
        let bytes: [UInt8]
        do {
            bytes = try environment.read(path)
        } catch {
            if error.isMissing { return nil }
            throw .unreadableFile(path, reason: error.reason)
        }
        return try KubeConfigFile(
            bytes, path: path, directory: LexicalPath.directory(of: environment.absolute(path)))
    }

    private mutating func add(_ file: KubeConfigFile) {
        currentContext = currentContext ?? file.currentContext
        for (name, entry) in file.clusters { clusters.add(entry, name) }
        for (name, entry) in file.contexts { contexts.add(entry, name) }
        for (name, entry) in file.users { users.add(entry, name) }
    }
}

/// Entries by name, in order; the first one of a name is kept. Entries without a name are dropped.
struct Entries<Entry: Sendable>: Sendable {
    private(set) var names: [String] = []
    private var byName: [String: Entry] = [:]

    subscript(name: String) -> Entry? { byName[name] }

    fileprivate mutating func add(_ entry: Entry, _ name: String) {
        guard byName[name] == nil, !name.isEmpty else { return }
        names.append(name)
        byName[name] = entry
    }
}

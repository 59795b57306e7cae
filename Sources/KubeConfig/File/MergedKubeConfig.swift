/// All kubeconfig files that count, as one. Entries are whole: the first file that names one has it.
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

    /// From the first file that sets one.
    package private(set) var currentContext: String?
    private(set) var contexts = Entries<KubeConfigFile.Context>()
    private(set) var clusters = Entries<KubeConfigFile.Cluster>()
    private(set) var users = Entries<KubeConfigFile.User>()

    /// In the order of the files and their lists.
    package var contextSummaries: [ContextSummary] {
        contexts.names.map { name in
            let context = contexts[name]
            return ContextSummary(
                name: name, cluster: context?.cluster, user: context?.user, namespace: context?.namespace)
        }
    }

    /// Reads `--kubeconfig`, or the files of `$KUBECONFIG`, or `$HOME/.kube/config` (client-go tools/clientcmd/loader.go).
    ///
    /// A missing file is an error only behind the flag; one that is there and cannot be read or understood is always one.
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

    /// The files that count, as they are named.
    static func paths(_ flags: ConnectionFlags, _ environment: HostEnvironment) -> [String] {
        if let path = flags.kubeconfig, !path.isEmpty { [path] } else { paths(environment) }
    }

    /// `$KUBECONFIG` counts as soon as it is not empty, even when it names no file.
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

/// Entries by name, in order; the first of a name stays. What has no name cannot be meant by anyone, and is left out.
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

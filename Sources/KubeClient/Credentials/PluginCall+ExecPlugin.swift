internal import KubeConfig

extension PluginCall {
    /// Prepares the call of `plugin` (client-go plugin/pkg/client/auth/exec).
    ///
    /// - Throws: ``ExecPluginError`` if the plugin needs a terminal, or its executable is missing or not executable.
    init(
        _ plugin: ClusterConnection.ExecPlugin, isInputTerminal: Bool, environment: HostEnvironment
    ) throws(ExecPluginError) {
        if plugin.interactiveMode == .always, !isInputTerminal { throw .noTerminal }
        let isInteractive = plugin.interactiveMode != .never && isInputTerminal
        self.init(
            executable: try Self.executable(plugin, environment), name: plugin.command,
            arguments: Secret(plugin.arguments),
            environment: Secret(Self.variables(of: plugin, isInteractive: isInteractive, environment)),
            sharesInput: isInteractive)
    }

    /// Resolves the command: a path is used as it is, a name is searched in our own `PATH`.
    private static func executable(
        _ plugin: ClusterConnection.ExecPlugin, _ environment: HostEnvironment
    ) throws(ExecPluginError) -> String {
        guard plugin.command.contains("/") else {
            guard let found = environment.executable(named: plugin.command) else {
                throw .notFound(command: plugin.command, installHint: plugin.installHint)
            }
            return found
        }
        do {
            try environment.checkExecutable(plugin.command)
        } catch {
            throw .cannotStart(path: plugin.command, reason: error.reason)
        }
        return plugin.command
    }

    /// Our environment, then the plugin's, then `KUBERNETES_EXEC_INFO`; the last entry of a name wins.
    private static func variables(
        of plugin: ClusterConnection.ExecPlugin, isInteractive: Bool, _ environment: HostEnvironment
    ) -> [String] {
        let inherited = environment.variables.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let all =
            inherited.filter { isPassedOn($0.name) } + plugin.environment
            + [("KUBERNETES_EXEC_INFO", execInfo(plugin, isInteractive: isInteractive))]
        var seen: Set<String> = []
        return all.reversed().filter { seen.insert($0.name).inserted }.reversed().map { "\($0.name)=\($0.value)" }
    }

    /// Excludes names that begin with a digit: POSIX forbids them, and swift-subprocess rejects them.
    private static func isPassedOn(_ name: String) -> Bool {
        name.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    private static func execInfo(_ plugin: ClusterConnection.ExecPlugin, isInteractive: Bool) -> String {
        let cluster = plugin.clusterInfo.map { #""cluster":\#($0),"# } ?? ""
        return #"{"kind":"ExecCredential","apiVersion":"\#(plugin.apiVersion)","#
            + #""spec":{\#(cluster)"interactive":\#(isInteractive)}}"#
    }
}

extension HostEnvironment {
    /// Returns the path of the executable that `name` refers to, or nil.
    ///
    /// As in Go, the first match counts, and is rejected if it comes from an empty or relative entry of `PATH`, which
    /// depends on the working directory.
    func executable(named name: String) -> String? {
        for directory in (variables["PATH"] ?? "").split(separator: ":", omittingEmptySubsequences: false) {
            let isAbsolute = directory.hasPrefix("/")
            let candidate = isAbsolute ? "\(directory)/\(name)" : "\(workingDirectory)/\(directory)/\(name)"
            guard (try? checkExecutable(candidate)) != nil else { continue }
            return isAbsolute ? candidate : nil
        }
        return nil
    }
}

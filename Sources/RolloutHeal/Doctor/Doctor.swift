internal import Formats
internal import FoundationEssentials
internal import KubeClient
internal import Rollouts

/// Checks whether this program can work on a cluster, which argo-rollouts runs there, and how we are installed.
///
/// Writes nothing: access reviews are questions, which the API server does not store.
package struct Doctor: Sendable {
    package struct Options: Sendable {
        /// Nil for all namespaces.
        package var namespace: String?
        package var modes: [DoctorMode]
        /// The flags that the modes are used with.
        package var flags: NamespaceFlags
        /// The version of this program, such as `v0.1.0`.
        package var version: String
        /// Reads the arguments of our own installations.
        package var readArguments: OwnArguments.Reader

        package init(
            namespace: String?, modes: [DoctorMode] = DoctorMode.allCases, flags: NamespaceFlags = NamespaceFlags(),
            version: String, readArguments: @escaping OwnArguments.Reader
        ) {
            self.namespace = namespace
            self.modes = modes
            self.flags = flags
            self.version = version
            self.readArguments = readArguments
        }
    }

    /// A difference of the clocks that is worth a warning: ages that are shown would be off.
    private static let noticeable = Duration.seconds(5)
    /// The difference above which nothing is written.
    private static let farthest = Duration.seconds(24 * 3600)

    let api: RolloutAPI
    let options: Options

    package init(_ api: RolloutAPI, _ options: Options) {
        self.api = api
        self.options = options
    }

    /// Makes all checks, in order; ends early if the server cannot be reached.
    ///
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`; every other failure is a check.
    package func checks() async throws(RolloutHealError) -> [Check] {
        let (server, canGoOn) = try await checkServer()
        guard canGoOn else { return [server] }
        var checks = [server, try await checkDefinition()]
        checks += try await checkRights()
        checks += try await checkControllers()
        checks += try await checkInstallations()
        checks += try await checkWebhooks()
        // Last, because a refusal does not show the server's clock.
        checks.insert(checkClock(), at: 1)
        return checks
    }

    private func checkServer() async throws(RolloutHealError) -> (Check, canGoOn: Bool) {
        do throws(RolloutHealError) {
            let version = try await read(ServerVersion.self) { () async throws(KubeError) in
                try await api.client.get(path: "/version")
            }
            return (Check(.server, is: .ok, "Kubernetes \(version.gitVersion)"), true)
        } catch {
            let why = try Self.reason(error)
            if case .api(.status(let status)) = error, status.code == 403 || status.code == 404 {
                return (Check(.server, is: .unknown, "it answers, but not which version it has: \(why)"), true)
            }
            var check = Check(.server, is: .problem, why, remedy: Self.hint(error))
            if case .api(.status(let status)) = error, status.code == 401 { check.isDenied = true }
            return (check, false)
        }
    }

    private func checkClock() -> Check {
        guard let lead = api.client.clock.lead else {
            return Check(.clock, is: .unknown, "no response showed the API server's clock")
        }
        let apart = max(lead, .zero - lead)
        if apart <= Self.noticeable {
            return Check(.clock, is: .ok, "this machine's clock agrees with the API server's")
        }
        let side = lead > .zero ? "behind" : "ahead of"
        let message = "this machine's clock is \(apart.components.seconds) s \(side) the API server's"
        return apart > Self.farthest
            ? Check(.clock, is: .problem, message + ": nothing is written", remedy: "correct the clock that is wrong")
            : Check(.clock, is: .warning, message, remedy: "synchronize the clocks; healing uses the API server's")
    }

    private func checkDefinition() async throws(RolloutHealError) -> Check {
        let kind = RolloutAPI.rollouts
        do throws(RolloutHealError) {
            let group = try await read(ServedGroup.self) { () async throws(KubeError) in
                try await api.client.get(path: "/apis/\(kind.group)")
            }
            let versions = (group.versions ?? []).map(\.version)
            let resources =
                versions.contains(kind.version)
                ? try await read(ServedVersion.self) { () async throws(KubeError) in
                    try await api.client.get(path: "/apis/\(kind.group)/\(kind.version)")
                }.resources ?? [] : []
            if resources.contains(where: { $0.name == kind.plural }) {
                return Check(.definition, is: .ok, "\(kind.qualifiedName) is served in \(kind.version)")
            }
        } catch {
            let why = try Self.reason(error)
            guard case .api(let error) = error, error.isAbsent else {
                return Check(.definition, is: .unknown, "cannot be read: \(why)")
            }
        }
        return Check(
            .definition, is: .problem, "\(kind.qualifiedName) is not served in \(kind.version)",
            remedy: "install Argo Rollouts with its CustomResourceDefinitions")
    }

    // MARK: Reading

    /// Runs a request and decodes its answer.
    func read<Object: Decodable>(
        _ type: Object.Type, _ request: () async throws(KubeError) -> [UInt8]
    ) async throws(RolloutHealError) -> Object {
        try decodeObject(type, from: try await RolloutHeal.api(request))
    }

    /// Lists objects by label, in the namespace or all; the first resource that the server serves.
    func list<Object: Decodable & Sendable>(
        _ type: Object.Type, _ resources: [APIResource], labels: String, namespace: String? = nil
    ) async throws(RolloutHealError) -> Seen<Object> {
        for resource in resources {
            do throws(KubeError) {
                let options = ListOptions(namespace: namespace, labelSelector: labels)
                return .found(try await api.all(type, of: resource, options))
            } catch {
                if error == .cancelled { throw .api(error) }
                if !error.isAbsent { return .unreadable(error.message) }
            }
        }
        return .absent
    }

    /// Why something could not be read.
    ///
    /// - Throws: `error` itself if it is the end of the command.
    static func reason(_ error: RolloutHealError) throws(RolloutHealError) -> String {
        if error == .api(.cancelled) { throw error }
        return error.message
    }

    private static func hint(_ error: RolloutHealError) -> String? {
        guard case .api(let error) = error else { return nil }
        return error.hint ?? "check server and proxy of the cluster in the kubeconfig; -v 6 shows each request"
    }
}

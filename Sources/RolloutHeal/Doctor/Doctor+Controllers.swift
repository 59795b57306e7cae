internal import KubeClient
internal import Rollouts

/// Finds the argo-rollouts controllers, and what is known about their versions.
extension Doctor {
    static let deployments = APIResource(group: "apps", version: "v1", plural: "deployments")
    private static let pods = APIResource(group: "", version: "v1", plural: "pods")
    private static let componentLabel = "app.kubernetes.io/component"
    /// The labels of the project's own manifests and of its chart; either may be changed by whoever installs it.
    private static let labels = ["app.kubernetes.io/name=argo-rollouts", "\(componentLabel)=rollouts-controller"]
    /// The dashboard and the traffic router plugins share the first label.
    private static let controller = "rollouts-controller"
    /// Where the project's manifests install it.
    private static let usualNamespace = "argo-rollouts"

    func checkControllers() async throws(RolloutHealError) -> [Check] {
        let found: [Workload]
        switch try await findControllers() {
        case .unreadable(let why):
            return [
                Check(
                    .controller, is: .unknown,
                    "Deployments cannot be listed, so it is not known which argo-rollouts runs: \(why)",
                    remedy: "grant list on deployments in API group apps, or look at the image of its Deployment")
            ]
        case .absent: return [Check(.controller, is: .unknown, "the server does not serve Deployments")]
        case .found(let all): found = all
        }
        if found.isEmpty {
            return [
                Check(
                    .controller, is: .warning, "no Deployment has the label \(Self.labels.joined(separator: " or "))",
                    remedy: "check that argo-rollouts is installed; without it, no Rollout is reconciled")
            ]
        }
        let checks = try await inParallel(found) { workload async throws(RolloutHealError) in
            try await self.check(controller: workload)
        }
        return checks + rivals(found)
    }

    /// Looks in all namespaces, or where that is not allowed, in the one that is asked about and the usual one.
    private func findControllers() async throws(RolloutHealError) -> Seen<Workload> {
        let everywhere = try await findControllers(in: nil)
        guard case .unreadable = everywhere else { return everywhere }
        var found: [Workload] = []
        for namespace in [options.namespace, Self.usualNamespace].compactMap({ $0 }).uniqued() {
            if case .found(let some) = try await findControllers(in: namespace) { found += some }
        }
        return found.isEmpty ? everywhere : .found(found)
    }

    private func findControllers(in namespace: String?) async throws(RolloutHealError) -> Seen<Workload> {
        var byPlace: [String: Workload] = [:]
        for labels in Self.labels {
            switch try await list(Workload.self, [Self.deployments], labels: labels, namespace: namespace) {
            case .found(let some): for workload in some { byPlace[workload.place] = workload }
            case .unreadable(let why): return .unreadable(why)
            case .absent: return .absent
            }
        }
        return .found(
            byPlace.values.filter { workload in
                workload.metadata.labels?[Self.componentLabel].map { $0 == Self.controller } ?? true
            }.sorted { $0.place < $1.place })
    }

    private func check(controller workload: Workload) async throws(RolloutHealError) -> Check {
        let container = workload.controllerContainer
        let image = container?.image ?? ""
        let facts =
            [image, try await restarts(of: workload)] + workload.limits
            + (workload.available < workload.replicas
                ? ["\(workload.available) of \(workload.replicas) pods are available"] : [])
        let known = facts.filter { !$0.isEmpty }.joined(separator: ", ")
        var check: Check
        switch ControllerImage(image) {
        case .unknown(let why):
            check = Check(
                .controller, of: workload.place, is: .unknown, "version unknown, because \(why); \(known)",
                remedy: "compare its version with \(KnownFault.cured), the first without known faults")
        case .release(let version):
            check = Self.check(version, workload.place, known)
            check.version = version
        }
        if workload.available == 0, workload.replicas > 0 {
            check.status = .problem
            check.remedy = "no Rollout is reconciled until a pod of it runs"
        } else if workload.replicas == 0 {
            check.status = .problem
            check.message += "; scaled to 0"
            check.remedy = "no Rollout is reconciled until it is scaled up"
        }
        return check
    }

    private static func check(_ version: ControllerVersion, _ place: String, _ known: String) -> Check {
        switch KnownFault.finding(for: version) {
        case .cured: return Check(.controller, of: place, is: .ok, "\(version) has none of the known faults; \(known)")
        case .unknown:
            return Check(
                .controller, of: place, is: .unknown, "nothing is known about \(version); \(known)",
                remedy: "\(KnownFault.cured) is the first without known faults")
        case .affected(let faults):
            let count = faults.count == 1 ? "1 known fault" : "\(faults.count) known faults"
            var check = Check(
                .controller, of: place, is: .warning,
                "\(version) has \(count): \(faults.map(\.name).joined(separator: ", ")); \(known)",
                remedy: cure(of: faults))
            check.faults = faults
            return check
        }
    }

    /// The versions to upgrade to; the nearest that helps comes first.
    private static func cure(of faults: [KnownFault]) -> String {
        let nearest = faults.filter { $0.fixedIn < KnownFault.cured }.map(\.fixedIn).max()
        let last = "\(KnownFault.cured) or later has none of them"
        guard let nearest else { return "upgrade argo-rollouts: \(last)" }
        let left = faults.filter { $0.fixedIn > nearest }.map(\.name)
        return left.isEmpty
            ? "upgrade argo-rollouts: \(nearest) or later has none of them"
            : "upgrade argo-rollouts: \(nearest) or later has only \(left.joined(separator: ", ")), \(last)"
    }

    /// How often the containers of its pods have restarted.
    private func restarts(of workload: Workload) async throws(RolloutHealError) -> String {
        if workload.selector.isEmpty { return "" }
        let labels = workload.selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let pods = try await list(
            Pod.self, [Self.pods], labels: labels.joined(separator: ","), namespace: workload.metadata.namespace)
        guard case .found(let pods) = pods else { return "its pods cannot be listed" }
        let count = pods.flatMap { $0.status?.containerStatuses ?? [] }.reduce(0) { $0 &+ ($1.restartCount ?? 0) }
        return "\(count) restarts"
    }

    /// Controllers that reconcile the same Rollouts overwrite each other's status.
    private func rivals(_ found: [Workload]) -> [Check] {
        let wide = found.filter { !$0.isNamespaced && $0.replicas > 0 }
        let groups = Dictionary(grouping: wide) { $0.instanceID }.values.filter { $0.count > 1 }
        let places = groups.map { group in group.map(\.place).joined(separator: " and ") }.sorted()
        return places.map { both in
            Check(
                .controller, is: .warning, "\(both) reconcile the same Rollouts",
                remedy: "keep one of them, or give each its own --instance-id or --namespaced")
        }
    }
}

extension Workload {
    /// The container whose image is argo-rollouts, else the first.
    fileprivate var controllerContainer: Container? {
        pod.containers.first { ($0.image ?? "").contains("argo-rollouts") } ?? pod.containers.first
    }

    fileprivate var isNamespaced: Bool {
        let arguments = controllerContainer?.arguments ?? []
        return arguments.contains("--namespaced") || arguments.contains("--namespaced=true")
    }

    /// Empty if it has none.
    fileprivate var instanceID: String { controllerContainer?.value(of: "--instance-id") ?? "" }

    /// Arguments that limit which Rollouts it reconciles.
    fileprivate var limits: [String] {
        (isNamespaced ? ["only its own namespace (--namespaced)"] : [])
            + (instanceID.isEmpty ? [] : ["only Rollouts of --instance-id \(instanceID)"])
    }
}

extension Workload.Container {
    /// The value of a flag, as `--flag=value` or `--flag value`.
    func value(of flag: String) -> String? {
        if let joined = arguments.first(where: { $0.hasPrefix("\(flag)=") }) {
            return String(joined.dropFirst(flag.count + 1))
        }
        guard let place = arguments.firstIndex(of: flag), place + 1 < arguments.count else { return nil }
        return arguments[place + 1]
    }
}

internal import Formats
internal import KubeClient
internal import Rollouts

/// Checks our own Deployments and CronJobs, their accounts and their Leases.
extension Doctor {
    private static let cronJobs = ["v1", "v1beta1"].map { APIResource(group: "batch", version: $0, plural: "cronjobs") }
    private static let leases = APIResource(group: "coordination.k8s.io", version: "v1", plural: "leases")
    static let ours = "app.kubernetes.io/name=rollout-heal"
    /// Clocks of nodes may differ.
    private static let clockTolerance = Duration.seconds(30)

    func checkInstallations() async throws(RolloutHealError) -> [Check] {
        var checks: [Check] = []
        var found: [(workload: Workload, isDeployment: Bool)] = []
        for (resources, kind) in [([Self.deployments], "Deployments"), (Self.cronJobs, "CronJobs")] {
            switch try await ownWorkloads(resources) {
            case .found(let some): found += some.map { ($0, kind == "Deployments") }
            case .unreadable(let why):
                checks.append(Check(.installation, is: .unknown, "our own \(kind) cannot be listed: \(why)"))
            case .absent: break
            }
        }
        for (workload, isDeployment) in found {
            checks.append(check(workload, isDeployment: isDeployment))
            switch options.readArguments(workload.ownContainer?.arguments ?? [], workload.metadata.namespace) {
            case .read(let arguments):
                checks += try await checkAccount(of: workload, arguments)
                // Without a pod, nobody is to hold it.
                guard let lease = arguments.lease, !isScaledToZero(workload, isDeployment) else { continue }
                checks.append(try await check(lease, of: workload))
            case .refused(let why):
                checks.append(
                    Check(.account, of: workload.place, is: .unknown, "its arguments cannot be read: \(why)"))
            case .foreign: break
            }
        }
        if checks.isEmpty {
            checks.append(Check(.installation, is: .ok, "no Deployment or CronJob has our label; none is needed"))
        }
        return checks
    }

    /// In all namespaces, or where that is not allowed, in the one that is asked about.
    private func ownWorkloads(_ resources: [APIResource]) async throws(RolloutHealError) -> Seen<Workload> {
        let everywhere = try await list(Workload.self, resources, labels: Self.ours)
        guard case .unreadable = everywhere, let namespace = options.namespace,
            case .found(let some) = try await list(
                Workload.self, resources, labels: Self.ours, namespace: namespace), !some.isEmpty
        else { return everywhere }
        return .found(some)
    }

    /// CronJobs have no replicas.
    private func isScaledToZero(_ workload: Workload, _ isDeployment: Bool) -> Bool {
        isDeployment && workload.replicas == 0
    }

    private func check(_ workload: Workload, isDeployment: Bool) -> Check {
        let image = workload.ownContainer?.image ?? ""
        let name = image.prefix { $0 != "@" }.split(separator: "/").last ?? ""
        let tag = name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) }
        let place = workload.place
        if workload.isSuspended {
            return Check(.installation, of: place, is: .warning, "is suspended", remedy: "resume it to heal again")
        }
        if isScaledToZero(workload, isDeployment) {
            return Check(
                .installation, of: place, is: .warning, "is scaled to 0", remedy: "scale it up to run it again")
        }
        if isDeployment, workload.available == 0 {
            return Check(
                .installation, of: place, is: .problem, "no pod of it is available (\(image))",
                remedy: "kubectl describe its pods")
        }
        guard let tag, let theirs = ControllerVersion(tag: tag), let mine = ControllerVersion(tag: options.version)
        else {
            return Check(.installation, of: place, is: .unknown, "its version cannot be read from the image \(image)")
        }
        return theirs < mine
            ? Check(
                .installation, of: place, is: .warning, "runs \(theirs), older than this program, \(mine)",
                remedy: "apply the manifests of \(mine): roles may have changed too")
            : Check(.installation, of: place, is: .ok, "runs \(theirs)")
    }

    /// The rights of its service account for what its arguments say, and for its Lease.
    private func checkAccount(
        of workload: Workload, _ arguments: OwnArguments
    ) async throws(RolloutHealError) -> [Check] {
        let namespace = workload.metadata.namespace
        let account = Account(namespace: namespace, name: workload.pod.serviceAccountName ?? "default")
        let rights = arguments.mode.rights(with: arguments.flags, in: arguments.namespace)
        var checks = [try await check(account, needs: rights, in: arguments.namespace)]
        if let lease = arguments.lease {
            let rights = DoctorMode.election(by: lease)
            checks.append(try await check(account, what: "the Lease: ", needs: rights, in: lease.namespace))
        }
        return checks
    }

    private func check(
        _ account: Account, what: String = "", needs rights: [Right], in namespace: String?
    ) async throws(RolloutHealError) -> Check {
        let answers = try await access(to: rights, in: namespace, as: account)
        var check = check(
            .account, of: "\(account.namespace)/\(account.name)", what: what, needs: rights, answers: answers,
            asked: namespace.map { "in namespace \($0)" } ?? "in all namespaces")
        // Another account's rights are a fault of the installation, and say nothing about our own.
        check.isDenied = false
        return check
    }

    private func check(_ lease: LeaderElector.Place, of workload: Workload) async throws(RolloutHealError) -> Check {
        let place = "\(lease.namespace)/\(lease.name)"
        let held: HeldLease
        do throws(RolloutHealError) {
            held = try await read(HeldLease.self) { () async throws(KubeError) in
                try await api.client.get(Self.leases, namespace: lease.namespace, name: lease.name)
            }
        } catch {
            let why = try Self.reason(error)
            return error.saysNotFound
                ? Check(
                    .lease, of: place, is: .problem, "does not exist, so \(workload.place) heals nothing",
                    remedy: "kubectl logs of its pods says why it cannot create it")
                : Check(.lease, of: place, is: .unknown, "cannot be read: \(why)")
        }
        guard let holder = held.spec?.holderIdentity, !holder.isEmpty else {
            return Check(
                .lease, of: place, is: .warning, "nobody holds it, so \(workload.place) heals nothing at the moment",
                remedy: "run doctor again in a minute; then kubectl logs of its pods says more")
        }
        guard let renewed = held.spec?.renewTime.flatMap(Timestamp.init(rfc3339:)) else {
            return Check(.lease, of: place, is: .unknown, "held by \(holder); it does not say when it was renewed")
        }
        let age = api.now - renewed
        let limit = Duration.seconds(held.spec?.leaseDurationSeconds ?? 15) + Self.clockTolerance
        return age > limit
            ? Check(
                .lease, of: place, is: .problem, "\(holder) last renewed it \(HumanDuration.text(age)) ago",
                remedy: "check that a pod of \(workload.place) runs")
            : Check(.lease, of: place, is: .ok, "held by \(holder)")
    }
}

extension Workload {
    /// The container that runs this program, else the first.
    fileprivate var ownContainer: Container? {
        pod.containers.first { ($0.image ?? "").contains("rollout-heal") } ?? pod.containers.first
    }
}

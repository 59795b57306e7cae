internal import KubeClient
internal import Rollouts

/// Checks that the webhooks of our EventSources have their Secrets, of which only the names of keys are looked at.
extension Doctor {
    private static let eventSources = APIResource(group: "argoproj.io", version: "v1alpha1", plural: "eventsources")
    private static let secrets = APIResource(group: "", version: "v1", plural: "secrets")

    func checkWebhooks() async throws(RolloutHealError) -> [Check] {
        switch try await list(EventSource.self, [Self.eventSources], labels: Self.ours) {
        case .absent: return []
        case .unreadable(let why):
            return [Check(.webhook, is: .unknown, "EventSources cannot be listed: \(why)")]
        case .found(let sources):
            var checks: [Check] = []
            for source in sources {
                let place = "\(source.metadata.namespace)/\(source.metadata.name)"
                checks += source.openWebhooks.map {
                    Check(
                        .webhook, of: place, is: .warning, "webhook \($0) has no authSecret: every pod may call it",
                        remedy: "apply deploy/sensor-webhook again")
                }
                for secret in source.secrets.uniqued() {
                    checks.append(try await check(secret, in: source.metadata.namespace, for: place))
                }
            }
            return checks
        }
    }

    private func check(
        _ secret: EventSource.SecretKey, in namespace: String, for place: String
    ) async throws(RolloutHealError) -> Check {
        let name = "Secret \(namespace)/\(secret.name)"
        do throws(RolloutHealError) {
            let keys = try await read(SecretKeys.self) { () async throws(KubeError) in
                try await api.client.get(Self.secrets, namespace: namespace, name: secret.name)
            }
            return keys.names.contains(secret.key)
                ? Check(.webhook, of: place, is: .ok, "\(name) has the key \(secret.key)")
                : Check(
                    .webhook, of: place, is: .problem, "\(name) has no key \(secret.key): no event is accepted",
                    remedy: "docs/deploy.md, sensor-webhook, says how to create it")
        } catch {
            let why = try Self.reason(error)
            return error.saysNotFound
                ? Check(
                    .webhook, of: place, is: .problem, "\(name) does not exist: no event is accepted",
                    remedy: "docs/deploy.md, sensor-webhook, says how to create it")
                : Check(.webhook, of: place, is: .unknown, "\(name) cannot be read: \(why)")
        }
    }
}

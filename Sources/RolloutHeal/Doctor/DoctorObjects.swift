/// A Deployment or CronJob, as far as `doctor` reads it.
struct Workload: Decodable, Sendable {
    struct Metadata: Decodable, Sendable {
        var name: String
        var namespace: String
        var labels: [String: String]?
    }

    struct Container: Decodable, Sendable {
        var name: String
        var image: String?
        var command: [String]?
        var args: [String]?

        /// What the program gets: `args`, after what follows its name in `command`.
        var arguments: [String] { (command ?? []).dropFirst() + (args ?? []) }
    }

    struct Pod: Decodable, Sendable {
        var serviceAccountName: String?
        var containers: [Container]
    }

    struct Template: Decodable, Sendable {
        var spec: Pod
    }

    struct Selector: Decodable, Sendable {
        var matchLabels: [String: String]?
    }

    private struct Job: Decodable {
        var spec: JobSpec
    }

    private struct JobSpec: Decodable {
        var template: Template
    }

    private struct Spec: Decodable {
        var replicas: Int64?
        var suspend: Bool?
        var selector: Selector?
        var template: Template?
        var jobTemplate: Job?
    }

    private struct Status: Decodable {
        var availableReplicas: Int64?
    }

    private enum Key: CodingKey {
        case metadata, spec, status
    }

    var metadata: Metadata
    var pod: Pod
    var selector: [String: String]
    var replicas: Int64
    var available: Int64
    var isSuspended: Bool

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        metadata = try fields.decode(Metadata.self, forKey: .metadata)
        let spec = try fields.decode(Spec.self, forKey: .spec)
        pod = (spec.template ?? spec.jobTemplate?.spec.template)?.spec ?? Pod(containers: [])
        selector = spec.selector?.matchLabels ?? [:]
        replicas = spec.replicas ?? 1
        isSuspended = spec.suspend ?? false
        available = try fields.decodeIfPresent(Status.self, forKey: .status)?.availableReplicas ?? 0
    }

    var place: String { "\(metadata.namespace)/\(metadata.name)" }
}

/// The names of a Secret's keys; its values are never decoded.
struct SecretKeys: Decodable, Sendable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private enum Key: CodingKey {
        case data
    }

    var names: Set<String>

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        names =
            fields.contains(.data)
            ? Set(try fields.nestedContainer(keyedBy: Name.self, forKey: .data).allKeys.map(\.stringValue)) : []
    }
}

/// An EventSource of Argo Events, as far as its webhooks want a Secret.
struct EventSource: Decodable, Sendable {
    struct SecretKey: Decodable, Sendable, Hashable {
        var name: String
        var key: String
    }

    private struct Webhook: Decodable {
        var authSecret: SecretKey?
    }

    private struct Spec: Decodable {
        var webhook: [String: Webhook]?
    }

    private enum Key: CodingKey {
        case metadata, spec
    }

    var metadata: Workload.Metadata
    var secrets: [SecretKey]
    /// The names of webhooks that anybody may call.
    var openWebhooks: [String]

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        metadata = try fields.decode(Workload.Metadata.self, forKey: .metadata)
        let webhooks = try fields.decodeIfPresent(Spec.self, forKey: .spec)?.webhook ?? [:]
        secrets = webhooks.sorted { $0.key < $1.key }.compactMap(\.value.authSecret)
        openWebhooks = webhooks.filter { $0.value.authSecret == nil }.keys.sorted()
    }
}

/// A Lease, as far as `doctor` reads it.
struct HeldLease: Decodable, Sendable {
    struct Spec: Decodable, Sendable {
        var holderIdentity: String?
        var leaseDurationSeconds: Int64?
        var renewTime: String?
    }

    var spec: Spec?
}

/// An answer of the API server to the question whether somebody may do something.
struct AccessReview: Decodable, Sendable {
    struct Status: Decodable, Sendable {
        var allowed: Bool?
    }

    var status: Status?
}

/// Discovery: the versions of a group, and the resources of a version.
struct ServedGroup: Decodable, Sendable {
    struct Version: Decodable, Sendable {
        var version: String
    }

    var versions: [Version]?
}

struct ServedVersion: Decodable, Sendable {
    struct Resource: Decodable, Sendable {
        var name: String
    }

    var resources: [Resource]?
}

/// The answer to `GET /version`.
struct ServerVersion: Decodable, Sendable {
    var gitVersion: String
}

/// One of kubectl's connection flags: its notation, its help, and where its value is stored.
///
/// The only table of them: parser, help, manual, completion, the exclusions of `--contexts` and repeated flags are
/// derived from it.
package struct ConnectionFlag: Sendable {
    package typealias Place<Value> = any WritableKeyPath<ConnectionFlags, Value> & Sendable

    /// The kind of value, and where it is stored.
    package enum Value: Sendable {
        case text(Place<String?>)
        /// A path.
        case file(Place<String?>)
        case secret(Place<Secret<String>?>)
        /// May be given several times.
        case list(Place<[String]>)
        /// Takes no value.
        case switched(Place<Bool>)
    }

    /// The subject of the flag, which determines where it may be sent.
    package enum Subject: Sendable {
        /// How and where in a cluster to send requests: valid for several clusters.
        case request
        /// The user, and the files that define them: valid for several clusters.
        case asker
        /// The cluster, and how it is authenticated.
        case cluster
        /// Proof of the user's identity: sent to one cluster only, and never shown.
        case credential
    }

    package var name: String
    package var short: Character?
    /// The placeholder for the value in help; the flag's name by default.
    package var valueName: String?
    package var help: String
    package var value: Value
    package var subject: Subject

    /// - Parameter subject: credential by default, so that an unclassified flag is not sent to several clusters.
    private init(
        _ name: String, short: Character? = nil, _ value: Value, of subject: Subject = .credential,
        valueName: String? = nil, _ help: String
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.subject = subject
        self.valueName = valueName
        self.help = help
    }

    /// Whether it may be given together with several clusters.
    package var suitsSeveralClusters: Bool { subject == .request || subject == .asker }

    /// Whether the help of each command shows it, rather than only the list of all.
    package var isCommon: Bool { name == "namespace" || name == "context" }

    package var takesValue: Bool {
        if case .switched = value { false } else { true }
    }

    /// All flags in the order of help.
    package static let all = [
        ConnectionFlag(
            "namespace", short: "n", .text(\.namespace), of: .request,
            "Namespace to work in; the context's by default."),
        ConnectionFlag(
            "kubeconfig", .file(\.kubeconfig), of: .asker, valueName: "file",
            "Path to the kubeconfig file; $KUBECONFIG or ~/.kube/config by default."),
        ConnectionFlag("context", .text(\.context), of: .cluster, "Name of the kubeconfig context to use."),
        ConnectionFlag("cluster", .text(\.cluster), of: .cluster, "Name of the kubeconfig cluster to use."),
        ConnectionFlag("user", .text(\.user), of: .cluster, "Name of the kubeconfig user to use."),
        ConnectionFlag(
            "server", short: "s", .text(\.server), of: .cluster, valueName: "url", "Address of the API server."),
        ConnectionFlag(
            "certificate-authority", .file(\.certificateAuthority), of: .cluster, valueName: "file",
            "CA certificates to trust, and no others."),
        ConnectionFlag(
            "insecure-skip-tls-verify", .switched(\.insecureSkipTLSVerify), of: .cluster,
            "Trust any server. Your credentials go to whoever answers."),
        ConnectionFlag(
            "tls-server-name", .text(\.tlsServerName), of: .cluster, valueName: "name",
            "Name to expect in the server's certificate."),
        ConnectionFlag(
            "client-certificate", .file(\.clientCertificate), valueName: "file", "Path to a client certificate."),
        ConnectionFlag(
            "client-key", .file(\.clientKey), valueName: "file", "Path to the key of the client certificate."),
        ConnectionFlag("token", .secret(\.token), "Bearer token."),
        ConnectionFlag("username", .text(\.username), "User name for basic authentication."),
        ConnectionFlag("password", .secret(\.password), "Password for basic authentication."),
        ConnectionFlag("as", .text(\.impersonatedUser), of: .asker, valueName: "user", "User to impersonate."),
        ConnectionFlag("as-uid", .text(\.impersonatedUID), of: .asker, valueName: "uid", "UID to impersonate."),
        ConnectionFlag(
            "as-group", .list(\.impersonatedGroups), of: .asker, valueName: "group",
            "Group to impersonate; may be repeated."),
        ConnectionFlag(
            "request-timeout", .text(\.requestTimeout), of: .request, valueName: "time",
            "Maximum time for one request: 30, 30s, 2m; 0 means no limit."),
        ConnectionFlag(
            "disable-compression", .switched(\.disableCompression), of: .request, "Opt out of compressed responses."),
        ConnectionFlag(
            "qps", .text(\.qps), of: .request, valueName: "count",
            "Requests per second, after --burst is used up; 50 by default, 20 for watch; 0 means no limit."),
        ConnectionFlag(
            "burst", .text(\.burst), of: .request, valueName: "count",
            "Requests allowed in a burst; 2000 by default, 30 for watch."),
    ]
}

extension ConnectionFlags {
    /// The flags that were given, in the order of the table.
    package var given: [ConnectionFlag] {
        ConnectionFlag.all.filter { flag in
            switch flag.value {
            case .text(let path), .file(let path): self[keyPath: path] != nil
            case .secret(let path): self[keyPath: path] != nil
            case .list(let path): !self[keyPath: path].isEmpty
            case .switched(let path): self[keyPath: path]
            }
        }
    }

    /// The flags without empty values: an empty flag does not clear a setting of the kubeconfig.
    var withoutEmptyValues: ConnectionFlags {
        var flags = self
        for flag in ConnectionFlag.all {
            switch flag.value {
            case .text(let path), .file(let path):
                if self[keyPath: path]?.isEmpty == true { flags[keyPath: path] = nil }
            case .secret(let path): if self[keyPath: path]?.exposed.isEmpty == true { flags[keyPath: path] = nil }
            case .list, .switched: break
            }
        }
        return flags
    }
}

/// Everything a client needs to connect to one cluster as one user, from kubeconfig, flags and environment.
package struct ClusterConnection: Sendable {
    /// Nil in a pod, or if only flags name cluster and user.
    package var contextName: String?
    /// The name of the entry; "in-cluster" in a pod; empty if there is only a `--server`.
    package var clusterName: String
    package var server: ServerURL
    package var tls: TLS
    package var credential: Credential
    package var impersonation: Impersonation?
    /// The proxy for `server`: an `http://`, `https://` or `socks5://` URL (which resolves names at the proxy),
    /// possibly with a password, from the cluster's `proxy-url` or the environment; nil for a direct connection.
    package var proxy: String?
    package var disablesCompression: Bool
    /// From `--request-timeout`; nil for none.
    package var requestTimeout: Duration?
    /// From `--namespace`, the context or the pod; never empty.
    package var namespace: String

    package init(
        contextName: String? = nil, clusterName: String, server: ServerURL, tls: TLS = TLS(),
        credential: Credential = .anonymous, impersonation: Impersonation? = nil, proxy: String? = nil,
        disablesCompression: Bool = false, requestTimeout: Duration? = nil, namespace: String = "default"
    ) {
        self.contextName = contextName
        self.clusterName = clusterName
        self.server = server
        self.tls = tls
        self.credential = credential
        self.impersonation = impersonation
        self.proxy = proxy
        self.disablesCompression = disablesCompression
        self.requestTimeout = requestTimeout
        self.namespace = namespace
    }

    package struct TLS: Sendable {
        /// PEM; replaces the system's roots. Nil means the system's roots.
        package var certificateAuthority: [UInt8]?
        package var skipsVerification: Bool
        /// The name for SNI and verification, from `tls-server-name`.
        package var serverName: String?
        package var clientIdentity: ClientIdentity?
        /// The files that ``clientIdentity`` was read from, if any: they may be replaced during a run.
        package var clientIdentityFiles: ClientIdentityFiles?

        package init(
            certificateAuthority: [UInt8]? = nil, skipsVerification: Bool = false, serverName: String? = nil,
            clientIdentity: ClientIdentity? = nil
        ) {
            self.certificateAuthority = certificateAuthority
            self.skipsVerification = skipsVerification
            self.serverName = serverName
            self.clientIdentity = clientIdentity
        }
    }

    package struct ClientIdentityFiles: Sendable, Equatable {
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    package struct ClientIdentity: Sendable, Equatable {
        /// PEM.
        package var certificate: [UInt8]
        /// PEM.
        package var key: Secret<[UInt8]>

        package init(certificate: [UInt8], key: Secret<[UInt8]>) {
            self.certificate = certificate
            self.key = key
        }
    }

    package enum Credential: Sendable, Equatable {
        case anonymous
        case basic(username: String, password: Secret<String>)
        case token(Secret<String>)
        /// Re-read after 50 s (client-go token_source.go); `fallback` is the inline token, used if the first read
        /// fails.
        case tokenFile(path: String, fallback: Secret<String>?)
        case exec(ExecPlugin)
    }

    /// Settings that are sent as `Impersonate-*` headers.
    package struct Impersonation: Sendable, Equatable {
        package var user: String
        package var uid: String?
        package var groups: [String]
        package var extra: [String: [String]]

        package init(user: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
            self.user = user
            self.uid = uid
            self.groups = groups
            self.extra = extra
        }
    }

    /// A credential plugin as configured in the kubeconfig, with resolved paths.
    package struct ExecPlugin: Sendable, Equatable {
        package enum InteractiveMode: String, Sendable {
            case never = "Never"
            case ifAvailable = "IfAvailable"
            case always = "Always"
        }

        package var apiVersion: String
        /// Absolute if it was written with a `/`, otherwise a name to look up in `PATH`.
        package var command: String
        package var arguments: [String]
        package var environment: [(name: String, value: String)]
        package var interactiveMode: InteractiveMode
        package var installHint: String?
        /// The `spec.cluster` of `KUBERNETES_EXEC_INFO` as compact JSON, if the plugin requests it.
        package var clusterInfo: String?

        package init(
            apiVersion: String, command: String, arguments: [String] = [],
            environment: [(name: String, value: String)] = [], interactiveMode: InteractiveMode = .ifAvailable,
            installHint: String? = nil, clusterInfo: String? = nil
        ) {
            self.apiVersion = apiVersion
            self.command = command
            self.arguments = arguments
            self.environment = environment
            self.interactiveMode = interactiveMode
            self.installHint = installHint
            self.clusterInfo = clusterInfo
        }

        package static func == (left: ExecPlugin, right: ExecPlugin) -> Bool {
            left.apiVersion == right.apiVersion && left.command == right.command && left.arguments == right.arguments
                && left.environment.elementsEqual(right.environment, by: ==)
                && left.interactiveMode == right.interactiveMode && left.installHint == right.installHint
                && left.clusterInfo == right.clusterInfo
        }
    }
}

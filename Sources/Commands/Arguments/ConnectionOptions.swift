internal import ArgumentParser
internal import KubeConfig

/// kubectl's flags that say which cluster, as whom, and where in it.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("namespace")], parsing: .unconditional,
        help: "Namespace to work in; the context's by default.")
    var namespace: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Path of the kubeconfig file; $KUBECONFIG or ~/.kube/config by default.", valueName: "file"))
    var kubeconfig: String?

    @Option(parsing: .unconditional, help: "Context of the kubeconfig to use.")
    var context: String?

    @Option(parsing: .unconditional, help: "Cluster of the kubeconfig to use.")
    var cluster: String?

    @Option(parsing: .unconditional, help: "User of the kubeconfig to use.")
    var user: String?

    @Option(
        name: [.short, .customLong("server")], parsing: .unconditional,
        help: ArgumentHelp("Address of the API server.", valueName: "url"))
    var server: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("CA certificates to trust, and no others.", valueName: "file"))
    var certificateAuthority: String?

    @Flag(help: "Trust any server. Your credentials go to whoever answers.")
    var insecureSkipTlsVerify = false

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Name to expect in the server's certificate.", valueName: "name"))
    var tlsServerName: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Client certificate.", valueName: "file"))
    var clientCertificate: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Key of the client certificate.", valueName: "file"))
    var clientKey: String?

    @Option(parsing: .unconditional, help: "Bearer token.")
    var token: String?

    @Option(parsing: .unconditional, help: "User name for basic authentication.")
    var username: String?

    @Option(parsing: .unconditional, help: "Password for basic authentication.")
    var password: String?

    @Option(
        name: .customLong("as"), parsing: .unconditional, help: ArgumentHelp("User to impersonate.", valueName: "user"))
    var impersonatedUser: String?

    @Option(
        name: .customLong("as-uid"), parsing: .unconditional,
        help: ArgumentHelp("UID to impersonate.", valueName: "uid"))
    var impersonatedUID: String?

    @Option(
        name: .customLong("as-group"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Group to impersonate; may be given several times.", valueName: "group"))
    var impersonatedGroups: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Longest time for one request: 30, 30s, 2m; 0 is no limit.", valueName: "time"))
    var requestTimeout: String?

    @Flag(help: "Do not ask for compressed answers.")
    var disableCompression = false

    @Option(
        name: [.customShort("v"), .customLong("v"), .customLong("verbose")], parsing: .unconditional,
        help: ArgumentHelp("Tell of requests on stderr: 6 outcome, 7 and 8 headers, 9 sizes.", valueName: "level"))
    var verbosity = Verbosity(level: 0)

    var flags: ConnectionFlags {
        var flags = ConnectionFlags()
        flags.kubeconfig = kubeconfig
        flags.context = context
        flags.cluster = cluster
        flags.user = user
        flags.namespace = namespace
        flags.server = server
        flags.certificateAuthority = certificateAuthority
        flags.insecureSkipTLSVerify = insecureSkipTlsVerify
        flags.tlsServerName = tlsServerName
        flags.clientCertificate = clientCertificate
        flags.clientKey = clientKey
        flags.token = token.map { Secret($0) }
        flags.username = username
        flags.password = password.map { Secret($0) }
        flags.impersonatedUser = impersonatedUser
        flags.impersonatedUID = impersonatedUID
        flags.impersonatedGroups = impersonatedGroups
        flags.disableCompression = disableCompression
        flags.requestTimeout = requestTimeout
        return flags
    }

    /// An unfilled template must never mean "all" or "default": a namespace that is given has to be one.
    func checkNamespace() throws(UsageError) {
        if let namespace { try Commands.checkNamespace(namespace, flag: "--namespace") }
    }
}

/// kubectl's `-v`: 0 says nothing, and past 9 there is nothing more to say.
struct Verbosity: ExpressibleByArgument, Equatable {
    var level: Int

    init(level: Int) {
        self.level = level
    }

    init?(argument: String) {
        guard let level = Int(argument), level >= 0 else { return nil }
        self.level = level
    }

    var defaultValueDescription: String { String(level) }
}

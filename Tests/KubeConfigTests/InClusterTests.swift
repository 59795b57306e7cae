import KubeConfig
import Testing

struct InClusterTests {
    private let account = "/var/run/secrets/kubernetes.io/serviceaccount"
    private let variables = [
        "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443", "HOME": "/nobody",
    ]

    private var mounted: [String: String] {
        files.merging([
            "\(account)/token": "pod", "\(account)/ca.crt": certificate, "\(account)/namespace": " apps\n",
        ]) { $1 }
    }

    private func resolve(
        _ extra: [String: String] = [:], mounted: [String: String]? = nil, config: String? = nil,
        flags: (inout ConnectionFlags) -> Void = { _ in }
    ) throws -> ClusterConnection {
        var given = ConnectionFlags()
        flags(&given)
        var all = mounted ?? self.mounted
        if let config { all["/nobody/.kube/config"] = config }
        return try ClusterConnection.resolve(
            flags: given, environment: host(all, variables: variables.merging(extra) { $1 }))
    }

    @Test func thePodsOwn() throws {
        let connection = try resolve()
        #expect(connection.contextName == nil)
        #expect(connection.clusterName == "in-cluster")
        #expect(connection.server == ServerURL(host: "10.0.0.1", port: 443))
        #expect(connection.credential == .tokenFile(path: "\(account)/token", fallback: nil))
        #expect(connection.tls.certificateAuthority == Array(certificate.utf8))
        #expect(connection.namespace == "apps")
        #expect(connection.proxy == nil)
    }

    @Test(arguments: [
        (["KUBERNETES_SERVICE_HOST": "fd00::1"], "https://[fd00::1]:443"),
        (["KUBERNETES_SERVICE_HOST": "kubernetes.default"], "https://kubernetes.default:443"),
        (["KUBERNETES_SERVICE_PORT": "6443"], "https://10.0.0.1:6443"),
    ])
    func addresses(extra: [String: String], url: String) throws {
        #expect(try resolve(extra).server.description == url)
    }

    @Test func namespaces() throws {
        #expect(try resolve(["POD_NAMESPACE": "own"]).namespace == "own")
        #expect(try resolve { $0.namespace = "flag" }.namespace == "flag")
        #expect(try resolve(mounted: ["\(account)/token": "pod"]).namespace == "default")
        #expect(
            try resolve(mounted: ["\(account)/token": "pod", "\(account)/namespace": " \n"]).namespace == "default")
    }

    @Test func aContextWithoutNamespaceTakesThePods() throws {
        let text = config()
        #expect(try resolve(config: text).namespace == "apps")
        #expect(try resolve(["POD_NAMESPACE": "own"], config: text).namespace == "own")
        #expect(try resolve(config: config(context: "cluster: cl, namespace: default")).namespace == "default")
        #expect(try resolve(config: text).server.host == "h")
    }

    @Test func configurationWithoutAChoiceIsNone() throws {
        #expect(try resolve(config: "contexts: [{name: a, context: {cluster: c}}]").clusterName == "in-cluster")
    }

    @Test func unusableRootsAreTheSystems() throws {
        #expect(try resolve(mounted: ["\(account)/token": "pod"]).tls.certificateAuthority == nil)
        #expect(
            try resolve(mounted: ["\(account)/token": "pod", "\(account)/ca.crt": "?"]).tls.certificateAuthority == nil)
    }

    @Test func flags() throws {
        #expect(try resolve { $0.token = Secret("t") }.credential == .token(Secret("t")))
        #expect(
            try resolve {
                $0.username = "n"
                $0.password = Secret("p")
            }.credential == .basic(username: "n", password: Secret("p")))
        #expect(try resolve { $0.impersonatedUser = "u" }.impersonation?.user == "u")
        let insecure = try resolve { $0.insecureSkipTLSVerify = true }
        #expect(insecure.tls.skipsVerification && insecure.tls.certificateAuthority == nil)
        #expect(insecure.credential == .tokenFile(path: "\(account)/token", fallback: nil))
        #expect(try resolve { $0.certificateAuthority = "ca.crt" }.tls.certificateAuthority == Array(certificate.utf8))
        #expect(try resolve { $0.tlsServerName = "n" }.tls.serverName == "n")
        #expect(try resolve { $0.requestTimeout = "7" }.requestTimeout == .seconds(7))
        #expect(
            try resolve {
                $0.clientCertificate = "us.crt"; $0.clientKey = "us.key"
            }.tls.clientIdentity != nil)
    }

    @Test func theTokenStaysAtHome() throws {
        let connection = try resolve { $0.server = "https://elsewhere" }
        #expect(connection.credential == .anonymous)
        #expect(connection.tls.certificateAuthority == nil)
        #expect(connection.server.host == "elsewhere")
    }

    @Test func aBrokenConfigurationIsNoReasonToFallBack() {
        #expect(throws: KubeConfigError.self) { try resolve(config: "clusters: 1") }
        #expect(throws: KubeConfigError.contextNotFound("zzz", known: [])) { try resolve { $0.context = "zzz" } }
        #expect(throws: KubeConfigError.userNotFound("zzz")) { try resolve { $0.user = "zzz" } }
        #expect(throws: KubeConfigError.clusterNotFound("c")) {
            try resolve(config: "contexts: [{name: a, context: {cluster: c}}]") { $0.context = "a" }
        }
    }

    @Test(arguments: [["KUBERNETES_SERVICE_HOST": ""], ["KUBERNETES_SERVICE_PORT": ""]])
    func outside(extra: [String: String]) {
        #expect(throws: KubeConfigError.noConfiguration(contexts: [])) { try resolve(extra) }
    }

    @Test func withoutTokenFile() {
        let error = KubeConfigError.noServiceAccountToken(path: "\(account)/token")
        #expect(throws: error) { try resolve(mounted: [:]) }
        #expect(error.message == "this pod has no service account token: there is no \(account)/token")
        #expect(error.hint == "set automountServiceAccountToken: true in the pod's spec")
        let contexts = "contexts: [{name: a, context: {cluster: c}}]"
        #expect(throws: KubeConfigError.noConfiguration(contexts: ["a"])) {
            try resolve(mounted: [:], config: contexts)
        }
    }

    @Test func proxyVariablesCount() throws {
        #expect(try resolve(["HTTPS_PROXY": "p:1"]).proxy == "http://p:1")
        #expect(try resolve(["HTTPS_PROXY": "p:1", "NO_PROXY": "10.0.0.0/8"]).proxy == nil)
    }
}

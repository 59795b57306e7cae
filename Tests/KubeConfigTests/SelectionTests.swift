import KubeConfig
import Testing

struct SelectionTests {
    private let two = """
        current-context: one
        clusters:
        - {name: c1, cluster: {server: 'https://one:6443/', certificate-authority-data: \(certificateData), tls-server-name: n1, proxy-url: 'http://p'}}
        - {name: c2, cluster: {server: 'https://two', insecure-skip-tls-verify: true, disable-compression: true}}
        - {name: empty, cluster: {}}
        contexts:
        - {name: one, context: {cluster: c1, user: u1, namespace: n/1}}
        - {name: two, context: {cluster: c2, user: nobody}}
        - {name: lost, context: {cluster: gone, user: u1}}
        - {name: bare, context: {user: u1}}
        - {name: hollow, context: {cluster: empty}}
        users:
        - {name: u1, user: {token: t1}}
        - {name: u2, user: {username: name, password: pass}}
        """

    @Test func theCurrentContext() throws {
        let connection = try resolve(two)
        #expect(connection.contextName == "one")
        #expect(connection.clusterName == "c1")
        #expect(connection.server == ServerURL(host: "one", port: 6443))
        #expect(connection.tls.certificateAuthority == Array(certificate.utf8))
        #expect(connection.tls.serverName == "n1")
        #expect(!connection.tls.skipsVerification)
        #expect(connection.proxy == "http://p")
        #expect(connection.credential == .token(Secret("t1")))
        #expect(connection.namespace == "n/1")
        #expect(!connection.disablesCompression)
        #expect(connection.requestTimeout == nil)
        #expect(connection.impersonation == nil)
    }

    @Test func anotherContext() throws {
        let connection = try resolve(two) { $0.context = "two" }
        #expect(connection.contextName == "two")
        #expect(connection.credential == .anonymous)
        #expect(connection.tls.skipsVerification)
        #expect(connection.disablesCompression)
        #expect(connection.namespace == "default")
    }

    @Test func clusterAndUserByFlag() throws {
        let connection = try resolve(two) {
            $0.cluster = "c2"
            $0.user = "u2"
        }
        #expect(connection.contextName == "one")
        #expect(connection.clusterName == "c2")
        #expect(connection.credential == .basic(username: "name", password: Secret("pass")))
        let without = String(two.dropFirst("current-context: one".count))
        let bare = try resolve(without) {
            $0.cluster = "c2"
            $0.user = "u2"
        }
        #expect(bare.contextName == nil)
        #expect(bare.clusterName == "c2")
    }

    @Test func emptyFlagsAreNotGiven() throws {
        let connection = try resolve(two) {
            $0.context = ""
            $0.cluster = ""
            $0.user = ""
            $0.server = ""
            $0.token = Secret("")
            $0.namespace = ""
            $0.requestTimeout = ""
        }
        #expect(connection.contextName == "one")
        #expect(connection.credential == .token(Secret("t1")))
        #expect(connection.namespace == "n/1")
    }

    static let failures: [(String, @Sendable (inout ConnectionFlags) -> Void)] = [
        ("Error in configuration: context was not found for specified context: zzz", { $0.context = "zzz" }),
        (#"error: no server found for cluster "zzz""#, { $0.cluster = "zzz" }),
        (#"error: auth info "zzz" does not exist"#, { $0.user = "zzz" }),
        (#"error: cluster "gone" does not exist"#, { $0.context = "lost" }),
        (#"error: context "bare" names no cluster"#, { $0.context = "bare" }),
        (#"error: no server found for cluster "empty""#, { $0.context = "hollow" }),
        (#"error: invalid server "h:6443": it has no scheme"#, { $0.server = "h:6443" }),
        (
            #"error: invalid server "ftp://h": unsupported scheme "ftp", must be https or http"#,
            { $0.server = "ftp://h" }
        ),
        (
            #"error: invalid server "https://***@h": it must not contain a user name or password"#,
            { $0.server = "https://u:sesame@h" }
        ),
        (#"error: invalid server "***@h": it has no scheme"#, { $0.server = "u:sesame@h" }),
        (#"error: invalid server "https://h:x": it is not a URL"#, { $0.server = "https://h:x" }),
        (
            "error: specifying a root certificates file with the insecure flag is not allowed",
            {
                $0.insecureSkipTLSVerify = true
                $0.certificateAuthority = "ca.crt"
            }
        ),
        (
            "error: unable to read certificate-authority nope.crt for c1 due to open nope.crt: no such file or directory",
            { $0.certificateAuthority = "nope.crt" }
        ),
        (
            "error: more than one authentication method found for u1; found [token basicAuth], only one is allowed",
            { $0.username = "x" }
        ),
        (
            "error: more than one authentication method found for u2; found [token basicAuth], only one is allowed",
            {
                $0.user = "u2"
                $0.token = Secret("sesame")
            }
        ),
        (
            "error: requesting uid, groups or user-extra for u1 without impersonating a user",
            { $0.impersonatedGroups = ["g"] }
        ),
        (
            "error: requesting uid, groups or user-extra for u1 without impersonating a user",
            { $0.impersonatedUID = "1" }
        ),
        (
            "error: client-key-data or client-key must be specified for u1 to use the clientCert authentication method.",
            { $0.clientCertificate = "us.crt" }
        ),
        (
            "Error in configuration: \n* unable to read client-cert a for u1 due to open a: no such file or directory"
                + "\n* unable to read client-key b for u1 due to open b: no such file or directory",
            {
                $0.clientCertificate = "a"
                $0.clientKey = "b"
            }
        ),
        (
            "error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding "
                + "time unit (e.g. 1s | 2m | 3h)",
            { $0.requestTimeout = "abc" }
        ),
        (
            #"error: invalid header field value for "Authorization" of user "u1": it contains control characters"#,
            { $0.token = Secret("a\nb") }
        ),
        (
            #"error: invalid header field value for "Impersonate-User" of user "u1": it contains control characters"#,
            { $0.impersonatedUser = "a\r\nb" }
        ),
    ]

    @Test(arguments: failures.indices)
    func refused(_ index: Int) {
        let (message, flags) = Self.failures[index]
        #expect(failure(two, flags: flags) == message)
    }

    @Test func serverFlagDropsTheServerName() throws {
        let connection = try resolve(two) { $0.server = "https://flag/prefix/" }
        #expect(connection.server == ServerURL(host: "flag", path: "/prefix"))
        #expect(connection.tls.serverName == nil)
        #expect(connection.tls.certificateAuthority != nil)
        #expect(connection.proxy == "http://p")
        let named = try resolve(two) {
            $0.server = "https://flag"
            $0.tlsServerName = "mine"
        }
        #expect(named.tls.serverName == "mine")
        #expect(try resolve(two) { $0.tlsServerName = "mine" }.tls.serverName == "mine")
    }

    @Test func serverFlagAlone() throws {
        let connection = try resolve("") { $0.server = "https://flag" }
        #expect(connection.contextName == nil)
        #expect(connection.clusterName == "")
        #expect(connection.credential == .anonymous)
        let replaced = try resolve(two) {
            $0.context = "lost"
            $0.server = "https://flag"
        }
        #expect(replaced.server.host == "flag")
    }

    @Test func verificationFlags() throws {
        let insecure = try resolve(two) { $0.insecureSkipTLSVerify = true }
        #expect(insecure.tls.skipsVerification)
        #expect(insecure.tls.certificateAuthority == nil)
        let secured = try resolve(two) {
            $0.context = "two"
            $0.certificateAuthority = "ca.crt"
        }
        #expect(!secured.tls.skipsVerification)
        #expect(secured.tls.certificateAuthority == Array(certificate.utf8))
        #expect(try resolve(two) { $0.disableCompression = true }.disablesCompression)
    }

    @Test func namespaces() throws {
        #expect(try resolve(two) { $0.namespace = "flagged" }.namespace == "flagged")
        #expect(try resolve(config(context: "cluster: cl, namespace: ''")).namespace == "default")
        #expect(try resolve(config(context: "cluster: cl, namespace: web")).namespace == "web")
    }

    @Test func impersonation() throws {
        let text = config(user: "as: root, as-uid: '7', as-groups: [a, b], as-user-extra: {k: [v, w]}")
        #expect(
            try resolve(text).impersonation
                == .init(user: "root", uid: "7", groups: ["a", "b"], extra: ["k": ["v", "w"]]))
        let flagged = try resolve(text) {
            $0.impersonatedUser = "other"
            $0.impersonatedGroups = ["c"]
        }
        #expect(flagged.impersonation == .init(user: "other", uid: "7", groups: ["c"], extra: ["k": ["v", "w"]]))
        #expect(try resolve(text) { $0.impersonatedUser = "other" }.impersonation?.groups == ["a", "b"])
    }
}

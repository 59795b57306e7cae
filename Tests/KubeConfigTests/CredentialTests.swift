import KubeConfig
import Testing

struct CredentialTests {
    @Test(
        arguments: [
            ("", .anonymous), ("token: t", .token(Secret("t"))), ("token: ''", .anonymous),
            ("token: \"a\\tb\"", .token(Secret("a\tb"))),
            ("tokenFile: token", .tokenFile(path: "/k/token", fallback: nil)),
            ("tokenFile: token, token: t", .tokenFile(path: "/k/token", fallback: Secret("t"))),
            ("tokenFile: nowhere, token: t", .tokenFile(path: "/k/nowhere", fallback: Secret("t"))),
            ("username: me, password: p", .basic(username: "me", password: Secret("p"))),
            ("username: me", .basic(username: "me", password: Secret(""))),
            ("password: p", .anonymous),
            ("token: t, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}", .token(Secret("t"))),
            (
                "username: me, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
                .basic(username: "me", password: Secret(""))
            ),
            (
                "tokenFile: token, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
                .tokenFile(path: "/k/token", fallback: nil)
            ),
            (
                "client-certificate: us.crt, client-key: us.key, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
                .anonymous
            ),
            (
                "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
                .exec(.init(apiVersion: "client.authentication.k8s.io/v1beta1", command: "x"))
            ),
        ] as [(String, ClusterConnection.Credential)])
    func precedence(user: String, credential: ClusterConnection.Credential) throws {
        #expect(try resolve(config(user: user)).credential == credential)
    }

    @Test func tokenFlagWins() throws {
        for user in [
            "tokenFile: token", "token: old", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
            "auth-provider: {name: gcp}", "tokenFile: nowhere",
        ] {
            #expect(try resolve(config(user: user)) { $0.token = Secret("new") }.credential == .token(Secret("new")))
        }
    }

    @Test(arguments: [
        "client-certificate: us.crt, client-key: us.key",
        "client-certificate-data: \(certificateData), client-key-data: \(privateKeyData)",
        "client-certificate: us.crt, client-key-data: \(privateKeyData)",
        "client-certificate: ./x/../us.crt, client-key: /k/us.key",
    ])
    func identities(user: String) throws {
        let connection = try resolve(config(user: user + ", token: t"))
        #expect(
            connection.tls.clientIdentity
                == .init(certificate: Array(certificate.utf8), key: Secret(Array(privateKey.utf8))))
        #expect(connection.credential == .token(Secret("t")))
    }

    @Test func flaggedIdentityReplacesData() throws {
        let text = config(user: "client-certificate-data: \(privateKeyData), client-key-data: \(certificateData)")
        let connection = try resolve(text) {
            $0.clientCertificate = "us.crt"
            $0.clientKey = "/work/us.key"
        }
        #expect(
            connection.tls.clientIdentity
                == .init(certificate: Array(certificate.utf8), key: Secret(Array(privateKey.utf8))))
    }

    @Test func aKeyAloneIsNothing() throws {
        #expect(try resolve(config(user: "client-key: nowhere")).tls.clientIdentity == nil)
    }

    @Test(arguments: [
        (
            "client-certificate: us.crt",
            "client-key-data or client-key must be specified for us to use the clientCert authentication method."
        ),
        (
            "client-certificate: no.crt, client-key: us.key",
            "unable to read client-cert /k/no.crt for us due to open /k/no.crt: no such file or directory"
        ),
        (
            "client-certificate: us.crt, client-key: no.key",
            "unable to read client-key /k/no.key for us due to open /k/no.key: no such file or directory"
        ),
        (
            "client-certificate: us.crt, client-certificate-data: \(certificateData), client-key: us.key",
            "client-cert-data and client-cert are both specified for us. client-cert-data will override."
        ),
        (
            "client-certificate: us.crt, client-key-data: \(privateKeyData), client-key: us.key",
            "client-key-data and client-key are both specified for us; client-key-data will override"
        ),
        ("client-certificate-data: Zm9v, client-key: us.key", "tls: failed to find any PEM data in certificate input"),
        ("client-certificate: us.crt, client-key-data: Zm9v", "tls: failed to find any PEM data in key input"),
        (
            "token: t, username: me",
            "more than one authentication method found for us; found [token basicAuth], only one is allowed"
        ),
        (
            "token: t, password: pw",
            "more than one authentication method found for us; found [token basicAuth], only one is allowed"
        ),
        (
            "tokenFile: token, username: me",
            "more than one authentication method found for us; found [tokenFile basicAuth], only one is allowed"
        ),
        ("as-groups: [g]", "requesting uid, groups or user-extra for us without impersonating a user"),
        ("as-user-extra: {a: [b]}", "requesting uid, groups or user-extra for us without impersonating a user"),
        ("tokenFile: nowhere", "open /k/nowhere: no such file or directory"),
        (
            "token: \"a\\u007f\"",
            #"invalid header field value for "Authorization" of user "us": it contains control characters"#
        ),
        (
            "token: \"a\\n\"",
            #"invalid header field value for "Authorization" of user "us": it contains control characters"#
        ),
        (
            "as: a, as-groups: [\"\\x01\"]",
            #"invalid header field value for "Impersonate-Group" of user "us": it contains control characters"#
        ),
        (
            "as: a, as-uid: \"\\n\"",
            #"invalid header field value for "Impersonate-Uid" of user "us": it contains control characters"#
        ),
        (
            "as: a, as-user-extra: {k: [\"\\n\"]}",
            #"invalid header field value for "Impersonate-Extra" of user "us": it contains control characters"#
        ),
        ("auth-provider: {name: gcp}", #"user "us" uses the auth provider "gcp": auth providers are not supported"#),
        ("auth-provider: {}, token: t", #"user "us" uses the auth provider "": auth providers are not supported"#),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1, interactiveMode: Never}",
            #"exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1""#
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}",
            "interactiveMode must be specified for us to use exec authentication plugin"
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: never}",
            #"invalid interactiveMode for us: "never""#
        ),
        (
            "exec: {command: '', apiVersion: client.authentication.k8s.io/v1beta1}",
            "command must be specified for us to use exec authentication plugin"
        ),
        (
            "exec: {command: x, interactiveMode: Never}",
            "apiVersion must be specified for us to use exec authentication plugin"
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: v}]}",
            "env variable name must be specified for us to use exec authentication plugin"
        ),
        (
            "auth-provider: {name: a}, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
            "authProvider cannot be provided in combination with an exec plugin for us"
        ),
    ])
    func refused(user: String, message: String) {
        #expect(failure(config(user: user)) == "error: \(message)")
    }

    @Test(arguments: [
        (
            "certificate-authority: no.crt",
            "unable to read certificate-authority /k/no.crt for cl due to open /k/no.crt: no such file or directory"
        ),
        (
            "certificate-authority: ca.crt, certificate-authority-data: \(certificateData)",
            "certificate-authority-data and certificate-authority are both specified for cl. certificate-authority-data will override."
        ),
        (
            "certificate-authority: ca.crt, insecure-skip-tls-verify: true",
            "specifying a root certificates file with the insecure flag is not allowed"
        ),
        ("certificate-authority-data: Zm9v", "unable to load root certificates: unable to parse bytes as PEM block"),
        (
            "proxy-url: 'socks5h://p'",
            #"invalid 'proxy-url' "socks5h://p" for cluster "cl": unsupported scheme "socks5h", must be http, https, or socks5"#
        ),
        (
            "proxy-url: 'ftp://u:sesame@p'",
            #"invalid 'proxy-url' "ftp://***@p" for cluster "cl": unsupported scheme "ftp", must be http, https, or socks5"#
        ),
        ("proxy-url: '://x'", #"invalid 'proxy-url' "://x" for cluster "cl": could not parse: ://x"#),
    ])
    func refusedCluster(cluster: String, message: String) {
        #expect(failure(config(cluster: "server: 'https://h', \(cluster)")) == "error: \(message)")
    }

    @Test func severalProblemsAreAllTold() {
        let text = config(
            user: "token: t, username: me, as-uid: '1'", cluster: "server: 'https://h', certificate-authority: no.crt")
        #expect(
            failure(text) == """
                Error in configuration: \n* more than one authentication method found for us; found [token basicAuth], only one is allowed
                * requesting uid, groups or user-extra for us without impersonating a user
                * unable to read certificate-authority /k/no.crt for cl due to open /k/no.crt: no such file or directory
                """)
    }

    @Test(arguments: [
        "token: t", "token: \"a\\n\"", "tokenFile: nowhere", "username: me, password: p", "auth-provider: {name: gcp}",
        "client-certificate: us.crt, client-key: us.key",
        "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
    ])
    func plainHTTPCarriesNoCredential(user: String) throws {
        let connection = try resolve(config(user: "as: root, \(user)", cluster: "server: 'http://h'"))
        #expect(connection.credential == .anonymous)
        #expect(connection.tls.clientIdentity == nil)
        #expect(connection.impersonation?.user == "root")
    }
}

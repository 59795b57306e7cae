import KubeConfig
import Testing

struct DecodingTests {
    @Test(arguments: [
        ("users: [{name: us, user: {token: 12}}]", "1:34: users[0].user.token: expected a string, found a number"),
        (
            "users:\n- name: a\n- name: us\n  user:\n    token: 12",
            "5:12: users[1].user.token: expected a string, found a number"
        ),
        ("users: [{name: no}]", "1:16: users[0].name: expected a string, found a boolean"),
        ("clusters: [{name: 1.5}]", "1:19: clusters[0].name: expected a string, found a number"),
        ("clusters: {}", "1:11: clusters: expected a list, found a mapping"),
        ("contexts: x", "1:11: contexts: expected a list, found a string"),
        ("[]", "1:1: expected a mapping, found a list"), ("text", "1:1: expected a mapping, found a string"),
        ("12", "1:1: expected a mapping, found a number"),
        ("clusters: [x]", "1:12: clusters[0]: expected a mapping, found a string"),
        ("clusters: [{name: c, cluster: []}]", "1:31: clusters[0].cluster: expected a mapping, found a list"),
        (
            "clusters: [{name: c, cluster: {insecure-skip-tls-verify: 'true'}}]",
            "1:58: clusters[0].cluster.insecure-skip-tls-verify: expected a boolean, found a string"
        ),
        (
            "clusters: [{name: c, cluster: {disable-compression: 1}}]",
            "1:53: clusters[0].cluster.disable-compression: expected a boolean, found a number"
        ),
        (
            "contexts: [{name: c, context: {namespace: 007}}]",
            "1:43: contexts[0].context.namespace: expected a string, found a number"
        ),
        ("current-context: on", "1:18: current-context: expected a string, found a boolean"),
        ("users: [{name: u, user: {as-groups: a}}]", "1:37: users[0].user.as-groups: expected a list, found a string"),
        (
            "users: [{name: u, user: {as-groups: [a, 1]}}]",
            "1:41: users[0].user.as-groups[1]: expected a string, found a number"
        ),
        (
            "users: [{name: u, user: {as-user-extra: {k: v}}}]",
            "1:45: users[0].user.as-user-extra.k: expected a list, found a string"
        ),
        (
            "users: [{name: u, user: {exec: {args: [1]}}}]",
            "1:40: users[0].user.exec.args[0]: expected a string, found a number"
        ),
        (
            "users: [{name: u, user: {exec: {env: [{name: A, value: 1}]}}}]",
            "1:56: users[0].user.exec.env[0].value: expected a string, found a number"
        ),
        ("users: [{name: u, user: {exec: x}}]", "1:32: users[0].user.exec: expected a mapping, found a string"),
        ("kind: Pod", #"1:7: kind: no kind "Pod" is registered for version "v1""#),
        ("kind: Config\napiVersion: v2", #"2:13: apiVersion: no kind "Config" is registered for version "v2""#),
        ("apiVersion: 1", "1:13: apiVersion: expected a string, found a number"),
        (
            "users: [{name: s3, user: {token: sesame}}, {name: s3, user: {token: sesame}}]",
            #"1:51: users[1].name: duplicate name "s3" in list"#
        ),
        ("clusters: [{name: c}, {name: d}, {name: c}]", #"1:41: clusters[2].name: duplicate name "c" in list"#),
        ("contexts: [null, {}]", #"1:18: contexts[1].name: duplicate name "" in list"#),
        ("extensions: [{name: e}, {name: e}]", #"1:32: extensions[1].name: duplicate name "e" in list"#),
        ("a: 1\nb:\n\tc: 2", "3:1: found character that cannot start any token"),
        ("a: *x", "1:4: unknown anchor referenced"),
        ("%YAML 1.2\n---\nkind: Config", "1:1: found incompatible YAML document"),
        (
            "users: [{name: u, user: {client-key-data: 'Zg'}}]",
            "1:43: users[0].user.client-key-data: illegal base64 data at input byte 0"
        ),
        (
            "users: [{name: u, user: {client-certificate-data: 'Zm9v Zg=='}}]",
            "1:51: users[0].user.client-certificate-data: illegal base64 data at input byte 4"
        ),
        (
            "clusters: [{name: c, cluster: {certificate-authority-data: Zm-_}}]",
            "1:60: clusters[0].cluster.certificate-authority-data: illegal base64 data at input byte 2"
        ),
    ])
    func refused(text: String, message: String) {
        #expect(failure(text) == "error: /k/config:\(message)")
    }

    @Test(arguments: [
        "", "# nothing\n", "---\n", "null", "{}", "clusters: null\nusers:\ncontexts: ~", "clusters: [null]",
        "kind: Config",
        "apiVersion: v1", "apiVersion: ''\nkind: null", "unknown: {deep: [1]}\npreferences: {}",
        "kind: Config\n---\nkind: Pod\n",
        "users: [{name: u, user: {Token: 12}}]", "users: [{name: u, user: {exec: null, auth-provider: null}}]",
    ])
    func readsAsNoConfiguration(_ text: String) {
        #expect(failure(text)?.hasPrefix("error: Missing or incomplete configuration info.  Please point to") == true)
    }

    @Test func anchorsMergeKeysAndDuplicates() throws {
        let text = """
            base: &base {server: 'https://base', tls-server-name: name}
            clusters: [{name: cl, cluster: {<<: *base, server: 'https://own'}}]
            contexts: [{name: ctx, context: {cluster: first, cluster: cl}}]
            current-context: ctx
            """
        let connection = try resolve(text)
        #expect(connection.server.description == "https://own")
        #expect(connection.tls.serverName == "name")
    }

    @Test func jsonWithTabs() throws {
        let text = """
            {\n\t"current-context": "c",\n\t"contexts": [{"name": "c", "context": {"cluster": "c"}}],
            \t"clusters": [\n\t\t{"name": "c", "cluster": {"server": "https://json"}},\n\t]\n}
            """
        #expect(try resolve(text).server.host == "json")
    }

    @Test func dataMayBeFolded() throws {
        let text = config(
            cluster:
                "server: 'https://h', certificate-authority-data: \"\(certificateData.prefix(16))\\n\(certificateData.dropFirst(16))\\r\\n\""
        )
        #expect(try resolve(text).tls.certificateAuthority == Array(certificate.utf8))
    }

    @Test func hints() throws {
        func hint(_ text: String) -> String? {
            do throws(KubeConfigError) {
                _ = try resolve(text)
                return nil
            } catch {
                return error.hint
            }
        }
        #expect(hint(config(user: "token: 12")) == "put the value in quotes")
        #expect(hint(config(user: "token: [1]")) == nil)
        #expect(hint("contexts: [{name: a}, {name: b}]")?.contains("one of a, b") == true)
        #expect(hint("") == nil)
        #expect(hint("current-context: x\ncontexts: [{name: a}, {name: b}]") == "known contexts: a, b")
        #expect(hint(config(cluster: "server: 'h:6443'")) == "write https://h:6443")
        #expect(hint(config(user: "auth-provider: {name: gcp}"))?.contains("gke-gcloud-auth-plugin") == true)
        #expect(hint(config(user: "auth-provider: {name: azure}"))?.contains("kubelogin") == true)
        #expect(hint(config(user: "auth-provider: {name: oidc}"))?.contains("oidc-login") == true)
        #expect(
            hint(config(user: "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}"))?.contains(
                "IfAvailable") == true)
    }
}

import KubeConfig
import Testing

struct LookupTests {
    /// Each file has a single context named after it.
    private let all = Dictionary(
        uniqueKeysWithValues: ["/a", "/b", "/work/c", "/home/.kube/config", "/work/.kube/config"].map {
            ($0, "current-context: \($0)\ncontexts: [{name: \($0)}]")
        })

    private func contexts(
        _ variables: [String: String], kubeconfig: String? = nil, failures: [String: String] = [:]
    ) throws -> [String] {
        var flags = ConnectionFlags()
        flags.kubeconfig = kubeconfig
        return try MergedKubeConfig.load(
            flags: flags, environment: host(all, variables: variables, failures: failures)
        ).contextSummaries.map(\.name)
    }

    @Test(
        arguments: [
            ("/a", ["/a"]), ("/a:/b", ["/a", "/b"]), ("/b:/a", ["/b", "/a"]), ("/a:/a", ["/a"]),
            (":/a::/b:", ["/a", "/b"]),
            ("/a:/missing", ["/a"]), ("/missing", []), (":", []), ("c", ["/work/c"]), ("./c:/a", ["/work/c", "/a"]),
            ("~/.kube/config", []), ("", ["/home/.kube/config"]),
        ] as [(String, [String])])
    func kubeconfigVariable(value: String, names: [String]) throws {
        #expect(try contexts(["KUBECONFIG": value, "HOME": "/home"]) == names)
    }

    @Test(
        arguments: [
            (["HOME": "/home"], ["/home/.kube/config"]), (["HOME": ""], ["/work/.kube/config"]),
            ([:], ["/work/.kube/config"]),
            (["HOME": "/nobody"], []), (["HOME": "/home/"], ["/home/.kube/config"]),
        ] as [([String: String], [String])])
    func home(variables: [String: String], names: [String]) throws {
        #expect(try contexts(variables) == names)
    }

    @Test(arguments: [("/b", ["/b"]), ("c", ["/work/c"]), ("../a", ["/a"]), ("", ["/a"])] as [(String, [String])])
    func flagStandsAlone(path: String, names: [String]) throws {
        #expect(try contexts(["KUBECONFIG": "/a"], kubeconfig: path) == names)
    }

    @Test(arguments: [
        ("/nowhere/x", "error: stat /nowhere/x: no such file or directory"),
        ("x", "error: stat x: no such file or directory"),
        ("/a:/b", "error: stat /a:/b: no such file or directory"),
        ("/dir", #"error: error loading config file "/dir": read /dir: is a directory"#),
        ("/shut", #"error: error loading config file "/shut": open /shut: permission denied"#),
    ])
    func flagFailures(path: String, message: String) {
        #expect(loadFailure([:], path) == message)
    }

    @Test(arguments: [
        ("/a:/dir", #"error: error loading config file "/dir": read /dir: is a directory"#),
        ("/shut:/a", #"error: error loading config file "/shut": open /shut: permission denied"#),
    ])
    func oneUnreadableFileIsTheEnd(list: String, message: String) {
        #expect(loadFailure(["KUBECONFIG": list], nil) == message)
    }

    private func loadFailure(_ variables: [String: String], _ kubeconfig: String?) -> String? {
        do {
            _ = try contexts(
                variables, kubeconfig: kubeconfig, failures: ["/dir": "is a directory", "/shut": "permission denied"])
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func firstFileOwnsAnEntryAndReferencesCross() throws {
        let files = [
            "/a":
                "clusters: [{name: x, cluster: {server: 'https://a'}}, {name: claimed, cluster: null}]\ncurrent-context: ''",
            "/b": """
            current-context: two
            clusters: [{name: x, cluster: {server: 'https://b', tls-server-name: b}}, {name: claimed, cluster: {server: 'https://b'}}]
            users: [{name: u, user: {token: from-b}}]
            """,
            "/c": """
            current-context: other
            contexts: [{name: two, context: {cluster: x, user: u}}, {name: other, context: {cluster: claimed}}]
            users: [{name: u, user: {token: from-c}}]
            """,
        ]
        let environment = host(files, variables: ["KUBECONFIG": "/a:/b:/c"])
        let connection = try ClusterConnection.resolve(flags: ConnectionFlags(), environment: environment)
        #expect(connection.contextName == "two")
        #expect(connection.server.description == "https://a")
        #expect(connection.tls.serverName == nil)
        #expect(connection.credential == .token(Secret("from-b")))
        var flags = ConnectionFlags()
        flags.context = "other"
        #expect(throws: KubeConfigError.noServer(cluster: "claimed")) {
            try ClusterConnection.resolve(flags: flags, environment: environment)
        }
    }

    @Test func contextsAreListedInOrder() throws {
        let text = "contexts: [{name: z, context: {cluster: c, user: u, namespace: ns}}, {name: a}]\ncurrent-context: a"
        let merged = try MergedKubeConfig.load(flags: ConnectionFlags(), environment: host(["/k/config": text]))
        #expect(
            merged.contextSummaries == [
                .init(name: "z", cluster: "c", user: "u", namespace: "ns"), .init(name: "a"),
            ])
        #expect(merged.currentContext == "a")
    }
}

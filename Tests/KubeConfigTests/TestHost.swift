import KubeConfig

/// An environment in memory: files by absolute path, and paths that fail with a reason.
func host(
    _ files: [String: String] = [:], variables: [String: String] = ["KUBECONFIG": "/k/config"],
    failures: [String: String] = [:]
) -> HostEnvironment {
    HostEnvironment(variables: variables, workingDirectory: "/work") { path throws(HostEnvironment.FileError) in
        if let reason = failures[path] { throw HostEnvironment.FileError(isMissing: false, reason: reason) }
        guard let text = files[path] else {
            throw HostEnvironment.FileError(isMissing: true, reason: "no such file or directory")
        }
        return Array(text.utf8)
    }
}

/// A kubeconfig with one entry of each kind; the arguments are the entries' contents.
func config(
    user: String = "token: tok", cluster: String = "server: 'https://h:6443'", context: String = "cluster: cl, user: us"
) -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: ctx
    clusters: [{name: cl, cluster: {\(cluster)}}]
    contexts: [{name: ctx, context: {\(context)}}]
    users: [{name: us, user: {\(user)}}]
    """
}

/// The files that the tests' kubeconfigs refer to.
let files = [
    "/k/ca.crt": certificate, "/k/us.crt": certificate, "/k/us.key": privateKey, "/work/ca.crt": certificate,
    "/work/us.crt": certificate, "/work/us.key": privateKey, "/k/token": "filed\n",
]

let certificate = "-----BEGIN CERTIFICATE-----"
let privateKey = "-----BEGIN PRIVATE KEY-----"
let certificateData = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
let privateKeyData = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t"

/// Resolves the kubeconfig `text` at /k/config.
func resolve(
    _ text: String, variables: [String: String] = [:], flags: (inout ConnectionFlags) -> Void = { _ in }
) throws(KubeConfigError) -> ClusterConnection {
    var given = ConnectionFlags()
    flags(&given)
    let all = files.merging(["/k/config": text]) { $1 }
    return try ClusterConnection.resolve(
        flags: given, environment: host(all, variables: variables.merging(["KUBECONFIG": "/k/config"]) { $1 }))
}

/// Returns the error message of resolving it, or nil.
func failure(
    _ text: String, variables: [String: String] = [:], flags: (inout ConnectionFlags) -> Void = { _ in }
) -> String? {
    do throws(KubeConfigError) {
        _ = try resolve(text, variables: variables, flags: flags)
        return nil
    } catch {
        return error.prefix + error.message
    }
}

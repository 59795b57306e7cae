import Formats
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

/// Of an authority: a kubeconfig with another text is refused.
let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBfjCCASOgAwIBAgIUNtI0Upr1hGyFQl2MSUJanJ9fA1swCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJYXV0aG9yaXR5MB4XDTI2MTEyODIxMzg1MFoXDTM2MTEyNTIx
    Mzg1MFowFDESMBAGA1UEAwwJYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0D
    AQcDQgAEvJynhWGcsWIWZiN2ojejBW/vB3svPG/HfTm1nm3LN6op26/GveAHcgBp
    qlWgKFGb49K1MVf/fX6WMsUJgYHcB6NTMFEwHQYDVR0OBBYEFJmJgyU+T1wGn5sP
    aO+UFDe6QifBMB8GA1UdIwQYMBaAFJmJgyU+T1wGn5sPaO+UFDe6QifBMA8GA1Ud
    EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhALbBP9BopRaZwspjHIebTQ0/
    4DFUX2kGFLBF6abYlRi/AiEAiDHnKTBFbLUxLXRSuq802XCOs2rhgIgkxNZTHbDh
    Xf8=
    -----END CERTIFICATE-----

    """
let privateKey = "-----BEGIN PRIVATE KEY-----"
let certificateData = Base64.encode(Array(certificate.utf8))
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

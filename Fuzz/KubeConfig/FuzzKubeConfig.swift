import Driver
import KubeConfig

/// Any bytes as a kubeconfig, and as every file that it names: a connection or an error with words, and no secret in either.
private func fuzz(_ bytes: [UInt8]) {
    let environment = HostEnvironment(
        variables: ["KUBECONFIG": "/config", "HTTPS_PROXY": "http://proxy.test:3128"], workingDirectory: "/"
    ) { _ throws(HostEnvironment.FileError) in bytes }
    do throws(KubeConfigError) {
        let connection = try ClusterConnection.resolve(flags: ConnectionFlags(), environment: environment)
        precondition(!connection.namespace.isEmpty, "a connection without namespace")
        if case .token(let token) = connection.credential, token.exposed.utf8.count >= 8 {
            precondition(!"\(connection)".contains(token.exposed), "a token in a description")
        }
    } catch {
        precondition(!error.message.isEmpty, "an error without words")
        _ = error.hint
    }
}

@main
struct FuzzKubeConfig {
    static func main() {
        let status = unsafe run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            unsafe fuzz([UInt8](UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
        precondition(status == 0)
    }
}

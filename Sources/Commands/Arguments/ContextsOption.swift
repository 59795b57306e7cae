internal import ArgumentParser
internal import KubeConfig

/// Several clusters at once, by the names of their contexts.
struct ContextsOption: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "All contexts that match, at once: 'prod-*,stage-eu'; may be repeated.", valueName: "pattern"))
    var contexts: [String] = []

    var isGiven: Bool { !contexts.isEmpty }

    /// Each part of what was typed.
    func patterns() throws(UsageError) -> [String] {
        let parts = contexts.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        if let index = parts.firstIndex(where: { $0.contains("") }) {
            throw .badValue(flag: "--contexts", value: contexts[index], reason: "a pattern is empty")
        }
        return parts.flatMap { $0 }
    }

    /// What belongs to one cluster says nothing about several; above all, no credential goes to all of them.
    func check(against connection: ConnectionOptions) throws(UsageError) {
        let given: [(flag: String, isGiven: Bool)] = [
            ("context", connection.context != nil), ("cluster", connection.cluster != nil),
            ("user", connection.user != nil), ("server", connection.server != nil),
            ("certificate-authority", connection.certificateAuthority != nil),
            ("insecure-skip-tls-verify", connection.insecureSkipTlsVerify),
            ("tls-server-name", connection.tlsServerName != nil),
            ("client-certificate", connection.clientCertificate != nil), ("client-key", connection.clientKey != nil),
            ("token", connection.token != nil), ("username", connection.username != nil),
            ("password", connection.password != nil),
        ]
        if let other = given.first(where: \.isGiven) {
            throw .conflict("--contexts and --\(other.flag) exclude each other")
        }
    }
}

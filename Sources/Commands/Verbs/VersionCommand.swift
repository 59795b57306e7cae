internal import ArgumentParser
internal import HTTPTransport
internal import Documents

struct VersionCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print version and build information.",
        usage: "kubectl rollout-heal version [-o json|yaml]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal version
              kubectl rollout-heal version -o json
            """)

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "Output format: json or yaml.")
    var output: String?

    func run(in world: World) async throws -> ExitStatus {
        let library = CurlTransport.libraryVersion
        switch try outputFormat(output, allowed: [.table, .json, .yaml]) {
        case .json: world.console.out(node(library).json(pretty: true) + "\n")
        case .yaml: world.console.out(node(library).yaml())
        default:
            world.console.out(
                "kubectl-rollout-heal \(BuildInfo.version) (commit \(BuildInfo.commit), Swift \(BuildInfo.swift), "
                    + "libcurl \(library.libcurl), \(library.tls), \(BuildInfo.platform))\n")
        }
        return .success
    }

    static let fields: [Field<CurlTransport.LibraryVersion>] = [
        Field("version", .text) { _ in .text(BuildInfo.version) },
        Field("commit", .text) { _ in .text(BuildInfo.commit) },
        Field("swift", .text) { _ in .text(BuildInfo.swift) },
        Field("libcurl", .text) { .text($0.libcurl) },
        Field("tls", .text) { .text($0.tls) },
        Field("platform", .text) { _ in .text(BuildInfo.platform) },
    ]

    private func node(_ library: CurlTransport.LibraryVersion) -> YAMLNode { .object(Self.fields, of: library) }
}

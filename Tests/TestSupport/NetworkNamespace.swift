import Foundation
private import Glibc

/// A separate network with only a loopback device, which can be taken down: packets are then lost without an error.
/// Requires root.
package final class NetworkNamespace: Sendable {
    package static let isPossible = geteuid() == 0

    private let name: String

    package init() async throws {
        name = "rollout-heal-\(UInt32.random(in: 0...UInt32.max))"
        try await Self.ip("netns", "add", name)
        try await setLink(up: true)
    }

    deinit {
        let remove = Process()
        remove.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        remove.arguments = ["ip", "netns", "delete", name]
        try? remove.run()
        remove.waitUntilExit()
    }

    package func setLink(up: Bool) async throws {
        try await Self.ip("-n", name, "link", "set", "lo", up ? "up" : "down")
    }

    /// `command` wrapped to run in this network.
    func running(_ command: [String]) -> [String] { ["/usr/bin/nsenter", "--net=\(path)"] + command }

    private var path: String { "/run/netns/\(name)" }

    /// Runs `body`, which must not suspend, with this thread in `network`: sockets stay in the network they were
    /// created in.
    static func inside<Result>(_ network: NetworkNamespace?, _ body: () throws -> Result) throws -> Result {
        guard let network else { return try body() }
        let own = try LoopbackServer.check("open", unsafe open("/proc/thread-self/ns/net", O_RDONLY))
        defer { close(own) }
        let other = try LoopbackServer.check("open", unsafe open(network.path, O_RDONLY))
        defer { close(other) }
        _ = try LoopbackServer.check("setns", enter(other))
        defer { precondition(enter(own) == 0, "the thread cannot return to its network") }
        return try body()
    }

    /// setns(2), which Swift's Glibc module does not contain.
    private static func enter(_ network: Int32) -> Int32 {
        guard let symbol = unsafe dlsym(nil, "setns") else { return -1 }
        let setns = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        return setns(network, 0)
    }

    private static func ip(_ arguments: String...) async throws {
        let run = try await PluginProcess.run("ip", arguments, environment: [:])
        guard run.status == 0 else { throw TestCluster.Refused(path: "ip \(arguments)", answer: run.errors) }
    }
}

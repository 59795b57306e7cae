import Foundation
import KubeClient
import KubeConfig
import Testing

/// Tests with real child processes.
struct PluginProcessTests {
    private let directory = PluginDirectory()

    private func run(
        _ script: String, arguments: [String] = [], environment: [String] = ["PATH=/usr/bin:/bin"],
        sharesInput: Bool = false
    ) async throws -> PluginResult {
        let call = PluginCall(
            executable: try directory.write("plugin", "#!/bin/sh\n" + script), name: "plugin",
            arguments: Secret(arguments), environment: Secret(environment), sharesInput: sharesInput)
        return try await PluginProcess.run(call)
    }

    private func output(
        _ script: String, arguments: [String] = [], environment: [String] = ["PATH=/usr/bin:/bin"],
        sharesInput: Bool = false
    ) async throws -> String {
        let result = try await run(
            script, arguments: arguments, environment: environment, sharesInput: sharesInput)
        return String(decoding: result.output.exposed, as: UTF8.self)
    }

    @Test func exitCodes() async throws {
        #expect(try await run("echo x; exit 3") == PluginResult(exitCode: 3, output: Secret(Array("x\n".utf8))))
        #expect(try await run("exit 0").exitCode == 0)
        #expect(try await run("kill -9 $$").exitCode == -1)
    }

    /// Without a shell, arguments with shell syntax arrive unchanged.
    @Test func arguments() async throws {
        let arguments = ["a b", "", "$HOME", "*", "';exit 1'", "é"]
        #expect(
            try await output(#"for a in "$@"; do printf '<%s>' "$a"; done"#, arguments: arguments)
                == "<a b><><$HOME><*><';exit 1'><é>")
    }

    @Test func environment() async throws {
        let variables = ["PATH=/usr/bin:/bin", "EMPTY=", "INFO={\"a\":\"b = c\"}", "LINES=1\n2"]
        let seen = try await output("tr '\\000' '|' < /proc/$$/environ", environment: variables)
        #expect(seen == variables.joined(separator: "|") + "|")
    }

    @Test func workingDirectoryIsOurs() async throws {
        #expect(try await output("exec readlink /proc/self/cwd") == FileManager.default.currentDirectoryPath + "\n")
    }

    @Test func inputIsNothingOrOurs() async throws {
        #expect(try await output("exec readlink /proc/self/fd/0") == "/dev/null\n")
        let ours = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/0")
        #expect(try await output("exec readlink /proc/self/fd/0", sharesInput: true) == ours + "\n")
    }

    @Test func noOtherFileIsOpen() async throws {
        let leaky = unsafe open("/dev/null", O_RDONLY)
        defer { close(leaky) }
        // The fourth descriptor is that of the listing itself.
        #expect(try await output("exec ls /proc/self/fd") == "0\n1\n2\n3\n")
    }

    @Test func errorsGoWhereOursGo() async throws {
        let ours = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/2")
        #expect(try await output("exec readlink /proc/self/fd/2") == ours + "\n")
    }

    @Test func outputUpToTheLimit() async throws {
        let result = try await run("exec head -c \(PluginProcess.largestOutput) /dev/zero")
        #expect(result.output.exposed.count == PluginProcess.largestOutput)
        await #expect(throws: PluginFailure.outputTooLarge(limit: 1 << 20)) {
            try await run("exec head -c \(PluginProcess.largestOutput + 1) /dev/zero")
        }
        await #expect(throws: PluginFailure.outputTooLarge(limit: 1 << 20)) { try await run("exec cat /dev/zero") }
    }

    /// A plugin may leave a child behind that keeps its stdout open.
    @Test func grandchildKeepsNobodyWaiting() async throws {
        let start = ContinuousClock.now
        let said = try await output("sleep 120 & echo $!; echo done")
        #expect(said.hasSuffix("done\n"))
        #expect(ContinuousClock.now - start < .seconds(60))
        // The child also holds our own stderr, which the caller may be waiting for.
        kill(try #require(said.split(separator: "\n").first.flatMap { Int32($0) }), SIGKILL)
    }

    @Test func cannotStart() async throws {
        func failure(_ path: String, arguments: [String] = []) async -> PluginFailure? {
            do throws(PluginFailure) {
                _ = try await PluginProcess.run(
                    PluginCall(
                        executable: path, name: "plugin", arguments: Secret(arguments), environment: Secret([]),
                        sharesInput: false))
                return nil
            } catch {
                return error
            }
        }
        let noInterpreter = try directory.write("a", "#!/nowhere/sh\n")
        let noProgram = try directory.write("b", "neither script nor program\n")
        #expect(await failure(directory.path("missing")) == .cannotStart("no such file or directory"))
        #expect(await failure(noInterpreter) == .cannotStart("no such file or directory"))
        #expect(await failure(noProgram) == .cannotStart("exec format error"))
        #expect(await failure("/bin/sh", arguments: ["a\0b"]) == .cannotStart("invalid argument"))
    }

    @Test func checkExecutable() throws {
        func reason(_ path: String) -> String? {
            do throws(HostEnvironment.FileError) {
                try HostEnvironment.process.checkExecutable(path)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(try directory.write("yes", "#!/bin/sh\n")) == nil)
        #expect(reason(try directory.write("no", "#!/bin/sh\n", mode: 0o644)) == "permission denied")
        #expect(reason(directory.path("missing")) == "no such file or directory")
        #expect(reason(directory.path("")) == "permission denied")
    }

    /// The plugin is signalled, and has exited before the call returns.
    @Test func cancelled() async throws {
        let duration = try await fastest(of: 10) { attempt in
            let process = directory.path("process\(attempt)")
            let task = Task {
                try await run("echo $$ > \(process).new; mv \(process).new \(process); exec sleep 60")
            }
            let identifier = try await directory.waitFor("process\(attempt)")
            let start = ContinuousClock.now
            task.cancel()
            await #expect(throws: PluginFailure.cancelled) { try await task.value }
            #expect(kill(try #require(Int32(identifier)), 0) == -1)
            return ContinuousClock.now - start
        }
        #expect(duration < .milliseconds(200))
    }

    @Test func cancelledPluginMayTidyUp() async throws {
        let done = directory.path("done")
        let script = """
            trap 'echo tidy > \(done); kill $!; exit 0' INT
            sleep 60 & echo x > \(directory.path("ready"))
            wait
            """
        let task = Task { try await run(script) }
        _ = try await directory.waitFor("ready")
        task.cancel()
        await #expect(throws: PluginFailure.cancelled) { try await task.value }
        #expect(try await directory.waitFor("done") == "tidy")
    }
}

/// Returns the shortest of up to `attempts` durations; stops below 200 ms, because the machine may be busy.
func fastest(of attempts: Int, _ attempt: (Int) async throws -> Duration) async throws -> Duration {
    var best = try await attempt(0)
    for number in 1..<attempts where best >= .milliseconds(200) { best = min(best, try await attempt(number)) }
    return best
}

/// A directory that is removed with the test.
final class PluginDirectory: Sendable {
    private let root: String

    init() {
        root = NSTemporaryDirectory() + "plugins-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Writes an executable file and returns its path.
    func write(_ name: String, _ text: String, mode: Int = 0o755) throws -> String {
        let path = path(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    /// Waits for a file to have text, and returns it trimmed.
    func waitFor(_ name: String) async throws -> String {
        for _ in 0..<2000 {
            if let text = try? String(contentsOfFile: path(name), encoding: .utf8), !text.isEmpty {
                return text.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw CancellationError()
    }
}

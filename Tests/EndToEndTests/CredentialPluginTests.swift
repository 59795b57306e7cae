import Foundation
import Subprocess
import TestSupport
import Testing

/// The binary that scripts/ci/test has built; nil in a bare `swift test`.
private let binary = ProcessInfo.processInfo.environment["ROLLOUT_HEAL_BINARY"]

/// Runs the binary with a test plugin and no server, which is not reached in these tests.
@Suite(.enabled("run by scripts/ci/test only", { binary != nil }), .timeLimit(.minutes(1)))
struct CredentialPluginTests {
    private let directory = NSTemporaryDirectory() + "exec-" + UUID().uuidString

    /// Writes a kubeconfig and a plugin that runs `script`.
    private func kubeconfig(_ script: String, mode: String) throws -> String {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("#!/bin/sh\ncd '\(directory)'\n\(script)\n".utf8).write(
            to: URL(fileURLWithPath: directory + "/plugin"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory + "/plugin")
        let text = """
            current-context: ctx
            contexts: [{name: ctx, context: {cluster: cl, user: us}}]
            clusters: [{name: cl, cluster: {server: 'https://127.0.0.1:1'}}]
            users: [{name: us, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin,
              interactiveMode: \(mode)}}}]
            """
        try PrivateFile.write(text, to: directory + "/config")
        return directory + "/config"
    }

    private func remove() {
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func text(_ file: String) -> String? {
        try? String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
    }

    private static let tells = "readlink /proc/self/fd/0 > stdin; printf %s \"$KUBERNETES_EXEC_INFO\" > info; exit 3"

    private func info(isInteractive: Bool) -> String {
        #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":\#(isInteractive)}}"#
    }

    @Test(arguments: ["IfAvailable", "Always"])
    func pluginMayAskAtATerminal(mode: String) async throws {
        defer { remove() }
        let command = "\(try #require(binary)) list --kubeconfig \(try kubeconfig(Self.tells, mode: mode))"
        let result = try await run(
            .name("script"), arguments: ["-qec", command, "/dev/null"], output: .string(limit: 65536))
        #expect(result.terminationStatus == .exited(1))
        #expect(
            result.standardOutput == "Unable to connect to the server: getting credentials: exec: executable "
                + "\(directory)/plugin failed with exit code 3\r\n")
        #expect(text("stdin")?.hasPrefix("/dev/pts/") == true)
        #expect(text("info") == info(isInteractive: true))
    }

    /// A crash by an unhandled signal leaves no core dump, which would contain credentials.
    @Test func aCrashLeavesNoCore() async throws {
        defer { remove() }
        let script = """
            cd "$1"; ulimit -c unlimited
            sleep 60 & kill -XCPU $!; wait $!
            "$0" list --kubeconfig config & ours=$!
            until [ -e started ]; do sleep 0.05; done
            kill -XCPU $ours; wait $ours
            kill $(cat started)
            """
        _ = try kubeconfig("echo $$ >started.new; mv started.new started; exec sleep 60", mode: "Never")
        let died = try await PluginProcess.run("bash", ["-c", script, try #require(binary), directory])
        let lines = died.errors.split(separator: "\n")
        try #require(lines.count == 2 && lines[1].contains("CPU time limit exceeded"), "\(died.errors)")
        if !lines[0].contains("(core dumped)") { print("not shown: no process leaves a core dump here") }
        #expect(!lines[1].contains("(core dumped)"))
    }

    @Test func pluginMustNotAskWithoutATerminal() async throws {
        defer { remove() }
        let result = try await run(
            .name("env"),
            arguments: [try #require(binary), "list", "--kubeconfig", try kubeconfig(Self.tells, mode: "IfAvailable")],
            output: .discarded, error: .string(limit: 65536))
        #expect(result.terminationStatus == .exited(1))
        #expect(text("stdin") == "/dev/null\n")
        #expect(text("info") == info(isInteractive: false))
    }

    @Test func interruptEndsThePluginToo() async throws {
        defer { remove() }
        let script = "trap 'echo INT > signal; kill $!; exit 1' INT; sleep 60 & echo x > ready; wait"
        let result = try await run(
            .name("env"),
            arguments: [try #require(binary), "list", "--kubeconfig", try kubeconfig(script, mode: "Never")],
            input: .none, output: .discarded, error: .string(limit: 65536)
        ) { execution in
            while text("ready") == nil { try await Task.sleep(for: .milliseconds(5)) }
            try execution.send(signal: .interrupt)
        }
        #expect(result.terminationStatus == .exited(130))
        #expect(result.standardError == "")
        #expect(text("signal") == "INT\n")
    }
}

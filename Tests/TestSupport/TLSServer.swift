private import Subprocess
private import Synchronization

/// `openssl s_server` on 127.0.0.1: accepts one connection at a time and answers every request with "ok".
package final class TLSServer: Sendable {
    package let port: Int
    private let transcript: Mutex<String>

    private init(port: Int, transcript: String) {
        self.port = port
        self.transcript = Mutex(transcript)
    }

    package var url: String { "https://127.0.0.1:\(port)" }

    /// The server's output: handshakes, SNI, and raw requests.
    package var log: String { transcript.withLock { $0 } }

    /// Runs a server with the certificate and key of that name while `body` runs.
    ///
    /// - Parameter options: additional options of `openssl s_server`.
    package static func with<Result: Sendable>(
        _ certificates: TestCertificates, _ name: String, options: [String] = [],
        _ body: @escaping @Sendable (TLSServer) async throws -> Result
    ) async throws -> Result {
        let arguments =
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", certificates.path("\(name).pem"), "-key",
                certificates.path("\(name).key"),
            ]
            + options
        return try await run(
            .name("openssl"), arguments: Arguments(arguments), input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            var start = ""
            var running: (server: TLSServer, body: Task<Result, any Error>)?
            for try await piece in execution.standardOutput {
                if let running {
                    guard running.server.record(text(piece)) else { continue }
                    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                    _ = try await execution.standardInputWriter.write(answer)
                } else {
                    start += text(piece)
                    guard let port = port(in: start) else { continue }
                    let server = TLSServer(port: port, transcript: start)
                    let task = Task {
                        defer { try? execution.send(signal: .kill) }
                        return try await body(server)
                    }
                    running = (server, task)
                }
            }
            guard let running else { throw LoopbackServer.Failure(call: "openssl s_server", code: 1) }
            return try await running.body.value
        }.takeClosureResult()
    }

    /// Returns true when `text` completes a request without a body.
    private func record(_ text: String) -> Bool {
        transcript.withLock { transcript in
            transcript += text
            return transcript.hasSuffix("\r\n\r\n")
        }
    }

    private static func port(in output: String) -> Int? {
        output.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") }?.split(separator: ":").last.flatMap { Int($0) }
    }

    private static func text(_ piece: SubprocessOutputSequence.Buffer) -> String {
        unsafe piece.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

private import Glibc
private import Subprocess

/// Keys and certificates made by `openssl` for one test, in a temporary directory.
package struct TestCertificates: Sendable {
    package let directory: String

    /// Whether the `openssl` command exists.
    package static func areAvailable() async -> Bool {
        let version = try? await run(.name("openssl"), arguments: ["version"], output: .discarded)
        return version?.terminationStatus.isSuccess == true
    }

    /// Creates a CA `ca`; server certificates signed by it: `loopback` (127.0.0.1), `named` (api.cluster.test) and
    /// `expired`; `nameless` and `nameless-host`, which have those two as CommonName only; a client certificate `client`; a second CA `stranger`; and `locked.key`, the client's key with a
    /// passphrase.
    package static func with<Result>(_ body: (TestCertificates) async throws -> Result) async throws -> Result {
        let made = try await run(.name("mktemp"), arguments: ["-d"], output: .string(limit: 4096))
        guard let directory = made.standardOutput.split(separator: "\n").first.map(String.init) else {
            throw LoopbackServer.Failure(call: "mktemp", code: 1)
        }
        do {
            let made = try await run(.name("sh"), arguments: ["-euc", script, "sh", directory], output: .discarded)
            guard made.terminationStatus.isSuccess else { throw LoopbackServer.Failure(call: "openssl", code: 1) }
            let result = try await body(TestCertificates(directory: directory))
            try await remove(directory)
            return result
        } catch {
            try await remove(directory)
            throw error
        }
    }

    package func path(_ file: String) -> String { "\(directory)/\(file)" }

    package func bytes(_ file: String) throws -> [UInt8] {
        let descriptor = try unsafe LoopbackServer.check("open", open(path(file), O_RDONLY))
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        return Array(bytes.prefix(max(0, count)))
    }

    private static func remove(_ directory: String) async throws {
        _ = try await run(.name("rm"), arguments: ["-rf", directory], output: .discarded)
    }

    private static let script = """
        cd "$1"
        key="ec -pkeyopt ec_paramgen_curve:prime256v1"
        authority() { openssl req -x509 -newkey $key -nodes -keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -days 2; }
        signed() {
            openssl req -newkey $key -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
            echo "subjectAltName=$3" > "$1.ext"
            openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$4" -extfile "$1.ext" -out "$1.pem"
        }
        authority ca
        authority stranger
        signed loopback /CN=loopback IP:127.0.0.1 2
        signed named /CN=named DNS:api.cluster.test 2
        signed expired /CN=expired IP:127.0.0.1 -1
        signed client /O=operators/CN=healer DNS:client.test 2
        named_only() {
            openssl req -newkey $key -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
            echo "$3" > "$1.ext"
            openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.pem"
        }
        named_only nameless /CN=127.0.0.1 basicConstraints=CA:FALSE
        named_only nameless-host /CN=api.cluster.test basicConstraints=CA:FALSE
        openssl ec -in client.key -aes128 -passout pass:secret -out locked.key
        """
}

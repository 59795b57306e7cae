import KubeConfig

@testable import KubeClient

extension Target {
    /// Any bytes as a credential plugin's output give a credential that can be sent, or an error that does not quote
    /// it.
    static let plugin = Target(name: "plugin") { bytes in
        let secret = "s3cr3t-value"
        do throws(ExecPluginError) {
            let credential = try PluginCredential(bytes, apiVersion: "client.authentication.k8s.io/v1")
            let token = credential.token?.exposed
            precondition(token != nil || credential.identity != nil, "a credential that is none")
            let sent = planted(token ?? "", as: "\n", where: credential.expiresAt.map { $0 > 2_000_000_000 } ?? false)
            precondition(sent.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 }, "a token that splits a header")
            if let token, token.count >= 8 {
                precondition(!"\(credential)".contains(token), "a token in a description")
            }
        } catch {
            let message = error.message
            // The corpus contains it in place of tokens and keys.
            precondition(!message.contains(secret), "an error that quotes a credential")
        }
    }
}

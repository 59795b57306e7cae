import KubeConfig
import Testing

/// Logs and crash reports must not contain secrets; every secret here is "sesame".
struct SecrecyTests {
    private func prints(_ value: some Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value) \(String(describing: value)) \(String(reflecting: value)) \(dumped)"
    }

    @Test func secrets() {
        #expect(prints(Secret("sesame")).contains("<redacted>"))
        #expect(!prints(Secret("sesame")).contains("sesame"))
        #expect(!prints([Secret(Array("sesame".utf8))]).contains("115"))
        #expect(!prints(["a": Optional(Secret("sesame"))]).contains("sesame"))
    }

    @Test(arguments: [
        "token: sesame", "tokenFile: token, token: sesame", "username: me, password: sesame",
        "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, args: [sesame], env: [{name: A, value: sesame}]}",
    ])
    func connections(user: String) throws {
        let connection = try resolve(config(user: user, cluster: "server: 'https://h', proxy-url: 'http://u:sesame@p'"))
        #expect(!prints(connection).contains("sesame"))
        #expect(!prints(connection.credential).contains("sesame"))
        #expect(!prints([connection]).contains("sesame"))
        #expect(prints(connection).contains("https://h"))
        #expect(prints(connection).contains("http://***@p"))
    }

    @Test func flags() {
        var flags = ConnectionFlags()
        flags.token = Secret("sesame")
        flags.password = Secret("sesame")
        #expect(!prints(flags).contains("sesame"))
    }

    @Test(arguments: [
        "users: [{name: u, user: {token: [sesame]}}]", "users: [{name: u, user: sesame}]", "sesame", "{sesame",
        "a: 'sesame",
        "users: [{name: u, user: {client-key-data: sesame}}]", "a: !!int sesame",
        "users: [{name: u, user: {token: sesame}}, {name: u, user: {token: sesame}}]",
    ])
    func files(text: String) {
        let message = failure(text)
        #expect(message != nil)
        #expect(message?.contains("sesame") == false)
    }

    @Test(arguments: [
        "token: \"sesame\\n\"", "token: sesame, username: me", "username: me, password: sesame, token: t",
        "exec: {command: '', args: [sesame], env: [{value: sesame}]}",
        "client-key-data: c2VzYW1l, client-certificate-data: c2VzYW1l",
        "auth-provider: {name: oidc, config: {id-token: sesame}}",
    ])
    func users(user: String) throws {
        do throws(KubeConfigError) {
            _ = try resolve(config(user: user))
            Issue.record("resolved")
        } catch {
            #expect(!prints(error).contains("sesame"))
            #expect(error.hint?.contains("sesame") != true)
        }
    }
}

import KubeConfig
import Testing

struct ExecPluginTests {
    private func plugin(_ exec: String, cluster: String = "server: 'https://h'") throws -> ClusterConnection.ExecPlugin?
    {
        let user = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, \(exec)}"
        guard case .exec(let plugin) = try resolve(config(user: user, cluster: cluster)).credential else { return nil }
        return plugin
    }

    @Test func everyField() throws {
        let plugin = try plugin(
            "command: aws, args: [eks, get-token, null], env: [{name: A, value: b}, {name: C}, {name: A, value: d}], "
                + "interactiveMode: Always, installHint: install it")
        #expect(
            plugin
                == .init(
                    apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws",
                    arguments: ["eks", "get-token", ""],
                    environment: [("A", "b"), ("C", ""), ("A", "d")], interactiveMode: .always,
                    installHint: "install it"))
    }

    @Test(arguments: [
        ("aws", "aws"), ("./aws", "/k/aws"), ("bin/aws", "/k/bin/aws"), ("../bin/aws", "/bin/aws"),
        ("/opt/aws", "/opt/aws"),
        ("~/aws", "/k/~/aws"),
    ])
    func commands(written: String, command: String) throws {
        #expect(try plugin("command: \(written)")?.command == command)
    }

    @Test(
        arguments: [("Never", .never), ("IfAvailable", .ifAvailable), ("Always", .always)]
            as [(String, ClusterConnection.ExecPlugin.InteractiveMode)])
    func modes(text: String, mode: ClusterConnection.ExecPlugin.InteractiveMode) throws {
        #expect(try plugin("command: x, interactiveMode: \(text)")?.interactiveMode == mode)
    }

    @Test(arguments: [
        ("server: 'https://h:1/p/'", #"{"server":"https://h:1/p/","config":null}"#),
        (
            "server: 'https://h', tls-server-name: sni, insecure-skip-tls-verify: true, proxy-url: 'http://p', disable-compression: true",
            #"{"server":"https://h","tls-server-name":"sni","insecure-skip-tls-verify":true,"proxy-url":"http://p","disable-compression":true,"config":null}"#
        ),
        (
            "server: 'https://h', certificate-authority: ca.crt",
            #"{"server":"https://h","certificate-authority-data":"\#(certificateData)","config":null}"#
        ),
        (
            "server: 'https://h', certificate-authority-data: \(certificateData), extensions: [{name: other, extension: 1}, "
                + "{name: client.authentication.k8s.io/exec, extension: {audience: a, n: [1, true]}}]",
            #"{"server":"https://h","certificate-authority-data":"\#(certificateData)","config":{"audience":"a","false":[1,true]}}"#
        ),
    ])
    func clusterInfo(cluster: String, json: String) throws {
        #expect(try plugin("command: x, provideClusterInfo: true", cluster: cluster)?.clusterInfo == json)
        #expect(try plugin("command: x", cluster: cluster)?.clusterInfo == nil)
    }

    @Test func clusterInfoReflectsFlags() throws {
        let text = config(
            user: "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, provideClusterInfo: true}",
            cluster: "server: 'https://h', tls-server-name: sni, certificate-authority: ca.crt")
        let connection = try resolve(text) {
            $0.server = "https://flag"
            $0.insecureSkipTLSVerify = true
        }
        guard case .exec(let plugin) = connection.credential else {
            Issue.record("no plugin")
            return
        }
        #expect(plugin.clusterInfo == #"{"server":"https://flag","insecure-skip-tls-verify":true,"config":null}"#)
    }
}

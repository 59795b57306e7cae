import KubeConfig
import Testing

struct ProxyTests {
    private func proxy(_ server: String, _ variables: [String: String]) throws -> String? {
        try resolve(config(cluster: "server: '\(server)'"), variables: variables).proxy
    }

    @Test(
        arguments: [
            ("https://h", ["HTTPS_PROXY": "http://p:3128"], "http://p:3128"),
            ("https://h", ["https_proxy": "http://p"], "http://p"),
            ("https://h", ["HTTPS_PROXY": "http://a", "https_proxy": "http://b"], "http://a"),
            ("https://h", ["HTTPS_PROXY": "", "https_proxy": "http://b"], "http://b"),
            ("https://h", ["HTTP_PROXY": "http://p"], nil), ("http://h", ["HTTP_PROXY": "http://p"], "http://p"),
            ("http://h", ["HTTPS_PROXY": "http://p"], nil),
            ("https://h", ["ALL_PROXY": "http://p"], nil), ("https://h", ["HTTPS_PROXY": "p:3128"], "http://p:3128"),
            ("https://h", ["HTTPS_PROXY": "p"], "http://p"),
            ("https://h", ["HTTPS_PROXY": "socks5://p:1"], "socks5://p:1"),
            ("https://h", ["HTTPS_PROXY": "socks5h://p:1"], "socks5://p:1"),
            ("https://h", ["HTTPS_PROXY": "http://u:pw@p"], "http://u:pw@p"),
            ("https://localhost", ["HTTPS_PROXY": "http://p"], nil),
            ("https://127.0.0.1:6443", ["HTTPS_PROXY": "http://p"], nil),
            ("https://127.9.9.9", ["HTTPS_PROXY": "http://p"], nil),
            ("https://[::1]:6443", ["HTTPS_PROXY": "http://p"], nil),
            ("https://[::ffff:127.0.0.1]", ["HTTPS_PROXY": "http://p"], nil),
            ("https://localhost.example", ["HTTPS_PROXY": "http://p"], "http://p"),
            ("https://128.0.0.1", ["HTTPS_PROXY": "http://p"], "http://p"),
        ] as [(String, [String: String], String?)])
    func variables(server: String, variables: [String: String], url: String?) throws {
        #expect(try proxy(server, variables) == url)
    }

    @Test(arguments: [
        ("h.example.com", "example.com", true), ("example.com", "example.com", true),
        ("notexample.com", "example.com", false),
        ("h.example.com", ".example.com", true), ("example.com", ".example.com", false),
        ("h.example.com", "*.example.com", true),
        ("example.com", "*.example.com", false), ("h.example.com", "*", true), ("H.Example.COM", "example.com", true),
        ("h.example.com", "EXAMPLE.com", true), ("h.example.com", " a.b , example.com ", true),
        ("h.example.com", "example.com:443", true),
        ("h.example.com", "example.com:6443", false), ("h.example.com:6443", "example.com:6443", true),
        ("h.example.com:6443", "example.com", true),
        ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.3:443", true),
        ("10.1.2.3", "10.1.2.3:80", false), ("10.1.2.3", "10.1.2.2/31", true), ("10.1.2.4", "10.1.2.2/31", false),
        ("10.1.2.3", "0.0.0.0/0", true),
        ("[fd00::1]", "fd00::/8", true), ("[fe00::1]", "fd00::/8", false), ("[fd00::1]", "fd00:0:0::1", true),
        ("[fd00::1]:6443", "[fd00::1]:6443", true),
        ("[fd00::1]", "[fd00::1]", true), ("[::ffff:10.1.2.3]", "10.0.0.0/8", true), ("10.1.2.3", "fd00::/8", false),
        ("10.1.2.3", "1.2.3", true),
        ("10.1.2.3", "2.3", true), ("h", "", false), ("h", ",,", false), ("h", ":443", false), ("h", "other,h", true),
        ("h.example.com", "10.0.0.0/99", false),
        ("010.1.2.3", "10.1.2.3", false), ("h", "no_such,*", true),
    ])
    func exceptions(host: String, list: String, isDirect: Bool) throws {
        #expect(
            try proxy("https://\(host)", ["HTTPS_PROXY": "http://p", "NO_PROXY": list]) == (isDirect ? nil : "http://p")
        )
        #expect(
            try proxy("https://\(host)", ["HTTPS_PROXY": "http://p", "no_proxy": list]) == (isDirect ? nil : "http://p")
        )
    }

    @Test(arguments: ["ftp://p", "http://", "http://p:x", "a b", "http://u:sesame@p p"])
    func badVariable(value: String) {
        #expect(failure(config(), variables: ["HTTPS_PROXY": value]) == "error: invalid proxy address in HTTPS_PROXY")
    }

    @Test func theClustersOwnKnowsNoExceptions() throws {
        let text = config(cluster: "server: 'https://localhost', proxy-url: 'socks5://u:p@own:1080'")
        #expect(
            try resolve(text, variables: ["HTTPS_PROXY": "http://p", "NO_PROXY": "*"]).proxy == "socks5://u:p@own:1080")
    }
}

import Testing

@testable import HTTPTransport

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("https://host", "host", 443, "host", ""),
        ("HTTP://host/path?q", "host", 80, "host", "/path?q"),
        ("https://host:6443?x=a@b", "host", 6443, "host:6443", "?x=a@b"),
        ("https://[::1]:6443/api", "::1", 6443, "[::1]:6443", "/api"),
        ("http://[fe80::1]/", "fe80::1", 80, "[fe80::1]", "/"),
    ])
    func theURLIsTakenApart(url: String, host: String, port: Int, authority: String, rest: String) throws {
        let target = try RequestTarget(url)
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.authority == authority)
        #expect(target.rest == rest)
    }

    @Test(arguments: [
        ("http://proxy", "http://proxy:80"), ("https://proxy/", "https://proxy:443"),
        ("socks5://proxy", "socks5h://proxy:1080"), ("http://a%40b:c@[::1]:3128", "http://a%40b:c@[::1]:3128"),
    ])
    func aProxyHasGosDefaults(proxy: String, url: String) throws {
        #expect(try ProxyServer(proxy).url == url)
    }

    @Test(arguments: [
        (Duration.zero, Int64(0)), (.nanoseconds(1), 1), (.milliseconds(1), 1), (.microseconds(1001), 2),
        (.seconds(60), 60_000),
        (.seconds(Int64.max), Int64.max),
    ])
    func millisecondsAreRoundedUp(duration: Duration, milliseconds: Int64) {
        #expect(duration.roundedUpMilliseconds == milliseconds)
    }

    @Test func rootsComeFromTheEnvironmentFirst() {
        let roots = SystemRoots.find(environment: ["SSL_CERT_FILE": "/a.pem", "SSL_CERT_DIR": "/b:/c"])
        #expect(roots == SystemRoots(file: "/a.pem", directory: "/b:/c"))
        #expect(SystemRoots.find(environment: ["SSL_CERT_FILE": ""]) == SystemRoots.find(environment: [:]))
    }
}

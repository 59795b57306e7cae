import Glibc
import HTTPTransport
import Synchronization
import TestSupport
import Testing

extension CurlTransportTests {
    @Suite struct ProxyTests {
        private func transport(_ proxy: String) -> CurlTransport {
            CurlTransport(TransportConfiguration(proxy: proxy))
        }

        @Test func plainRequestsAreHandedToTheProxyWhole() async throws {
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() { try connection.respond(request.line) }
            }
            let transport = transport("http://127.0.0.1:\(server.port)")
            let response = try await transport.send(HTTPRequest(.get, "http://cluster.invalid:8080/api"))
            #expect(try await response.body.text == "GET http://cluster.invalid:8080/api HTTP/1.1")
        }

        @Test func aTunnelIsAskedForWithTheProxysCredentialsAlone() async throws {
            let seen = Mutex<LoopbackConnection.Request?>(nil)
            let server = try LoopbackServer { connection in
                let request = try connection.readRequest()
                seen.withLock { $0 = request }
                try connection.respond("no", status: 403)
            }
            let transport = transport("http://user:p%40ss@127.0.0.1:\(server.port)/")
            let request = HTTPRequest(.get, "https://cluster.invalid/api", headers: ["Authorization": "Bearer secret"])
            await #expect(throws: HTTPTransportError.proxy("it answered 403 to CONNECT")) {
                try await transport.send(request)
            }
            let connect = try #require(seen.withLock { $0 })
            #expect(connect.line == "CONNECT cluster.invalid:443 HTTP/1.1")
            #expect(connect["Proxy-Authorization"] == "Basic dXNlcjpwQHNz")
            #expect(connect["Authorization"] == nil)
        }

        @Test func socksResolvesAtTheProxy() async throws {
            let asked = Mutex<[UInt8]>([])
            let server = try LoopbackServer { connection in
                let greeting = try connection.read(count: 2)
                _ = try connection.read(count: Int(greeting[1]))
                try connection.write([5, 0])
                let command = try connection.read(count: 5)
                let name = try connection.read(count: Int(command[4]) + 2)
                asked.withLock { $0 = command + name }
                try connection.write([5, 0, 0, 1, 127, 0, 0, 1, 0, 80])
                _ = try connection.readRequest()
                try connection.respond("through")
            }
            let response = try await transport("socks5://127.0.0.1:\(server.port)")
                .send(HTTPRequest(.get, "http://cluster.invalid:8080/"))
            #expect(try await response.body.text == "through")
            // RFC 1928: version 5, CONNECT, a domain name of 15 bytes, port 8080.
            #expect(asked.withLock { $0 } == [5, 1, 0, 3, 15] + Array("cluster.invalid".utf8) + [0x1f, 0x90])
        }

        @Test func aProxyThatIsNotThereIsNamedAsSuch() async throws {
            var server: LoopbackServer? = try LoopbackServer { _ in }
            let port = try #require(server).port
            server = nil
            await #expect(throws: HTTPTransportError.proxy("Connection refused")) {
                try await transport("http://127.0.0.1:\(port)").send(HTTPRequest(.get, "http://127.0.0.1:1/"))
            }
            await #expect(throws: HTTPTransportError.proxy("its host is not found")) {
                try await transport("http://\(unresolvableHost):3128").send(HTTPRequest(.get, "http://127.0.0.1:1/"))
            }
        }

        @Test(arguments: ["", "proxy:3128", "ftp://proxy", "socks4://proxy", "http://", "http://pro xy:1"])
        func aProxyIsAURL(proxy: String) async {
            await #expect(
                throws: HTTPTransportError.invalidConfiguration("proxy: neither an http, https nor socks5 URL")
            ) {
                try await transport(proxy).send(HTTPRequest(.get, "http://127.0.0.1:1/"))
            }
        }

        /// In a separate process, because the environment is shared by all tests.
        @Test func theEnvironmentIsNotRead() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { connection in
                    while let request = try connection.readRequest() { try connection.respond(request.line) }
                }
                for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                    unsafe setenv(name, "http://127.0.0.1:1", 1)
                }
                let transport = CurlTransport(TransportConfiguration())
                let response = try await transport.send(HTTPRequest(.get, server.url + "/"))
                #expect(try await response.body.text == "GET / HTTP/1.1")
            }
        }
    }
}

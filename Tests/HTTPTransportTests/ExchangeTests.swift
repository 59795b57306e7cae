import HTTPTransport
import Synchronization
import TestSupport
import Testing

extension CurlTransportTests {
    @Suite struct ExchangeTests {
        let transport = CurlTransport(TransportConfiguration())

        @Test func aConnectionIsKeptFromRequestToRequest() async throws {
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() { try connection.respond(request.line) }
            }
            for number in 1...3 {
                let response = try await transport.send(HTTPRequest(.get, "\(server.url)/\(number)"))
                #expect(try await response.body.text == "GET /\(number) HTTP/1.1")
            }
            #expect(server.accepted == 1)
        }

        @Test func onlyWhatTheRequestSaysIsSent() async throws {
            let seen = Mutex<[String]>([])
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() {
                    seen.withLock { $0 = [request.line] + request.headers }
                    try connection.respond()
                }
            }
            let headers: HTTPHeaders = ["X-First": "one", "X-Empty": "", "X-First": "two"]
            let path = "/a/../b%20c?watch=1"
            _ = try await transport.send(HTTPRequest(.get, server.url + path, headers: headers)).body.text
            #expect(
                seen.withLock { $0 } == [
                    "GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "X-First: one", "X-Empty:",
                    "X-First: two",
                ])
        }

        @Test(arguments: [HTTPRequest.Method.get, .post, .put, .patch, .delete])
        func aBodyArrivesIntact(method: HTTPRequest.Method) async throws {
            let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let seen = Mutex<LoopbackConnection.Request?>(nil)
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() {
                    seen.withLock { $0 = request }
                    try connection.respond(status: 201)
                }
            }
            let headers: HTTPHeaders = ["Content-Type": "application/merge-patch+json"]
            let response = try await transport.send(
                HTTPRequest(method, server.url + "/x", headers: headers, body: body))
            #expect(response.status == 201)
            let request = try #require(seen.withLock { $0 })
            #expect(request.line == "\(method.rawValue) /x HTTP/1.1")
            #expect(request["Content-Type"] == "application/merge-patch+json")
            #expect(request["Expect"] == nil)
            #expect(request.body == body)
        }

        @Test(arguments: [HTTPRequest.Method.get, .post, .put, .patch, .delete])
        func aRequestNeedsNoBody(method: HTTPRequest.Method) async throws {
            let seen = Mutex<LoopbackConnection.Request?>(nil)
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() {
                    seen.withLock { $0 = request }
                    try connection.write("HTTP/1.1 204 No Content\r\n\r\n")
                }
            }
            let response = try await transport.send(HTTPRequest(method, server.url))
            #expect(response.status == 204)
            #expect(try await response.body.text == "")
            let request = try #require(seen.withLock { $0 })
            #expect(request.line == "\(method.rawValue) / HTTP/1.1")
            #expect(request["Content-Type"] == nil)
        }

        @Test(arguments: [301, 307, 401, 404, 500, 503])
        func everyStatusIsAResponse(status: Int) async throws {
            let server = try LoopbackServer { connection in
                while try connection.readRequest() != nil {
                    try connection.respond("why", status: status, headers: ["Location: /elsewhere", "Retry-After: 1"])
                }
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            #expect(response.status == status)
            #expect(response.headers["location"] == "/elsewhere")
            #expect(try await response.body.text == "why")
            #expect(server.accepted == 1)
        }

        @Test func informationalResponsesAndTrailersAreSkipped() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\nA: 2\r\n\r\n")
                try connection.writeChunk("body")
                try connection.write("0\r\nLate: trailer\r\n\r\n")
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            #expect(response.status == 200)
            #expect(response.headers["Link"] == nil)
            #expect(response.headers.all("a") == ["1", "2"])
            #expect(try await response.body.text == "body")
            #expect(response.headers["Late"] == nil)
        }

        @Test func sixtyFourRequestsShareEightConnections() async throws {
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() { try connection.respond(request.line) }
            }
            let url = server.url
            let lines = try await withThrowingTaskGroup(of: String.self) { [transport] group in
                for number in 0..<64 {
                    group.addTask { try await transport.send(HTTPRequest(.get, "\(url)/\(number)")).body.text }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(lines == Set((0..<64).map { "GET /\($0) HTTP/1.1" }))
            #expect((1...8).contains(server.accepted))
        }

        @Test func gzipIsDecodedWhenOfferedAndNotOfferedOtherwise() async throws {
            let hello = StoredGzip.encode(Array("hello".utf8))
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() {
                    guard let encoding = request["Accept-Encoding"] else {
                        try connection.respond("plain")
                        continue
                    }
                    try connection.write(
                        "HTTP/1.1 200 OK\r\nContent-Encoding: \(encoding)\r\nContent-Length: \(hello.count)\r\n\r\n")
                    try connection.write(hello)
                }
            }
            let plain = try await transport.send(HTTPRequest(.get, server.url))
            #expect(try await plain.body.text == "plain")
            let packed = try await transport.send(HTTPRequest(.get, server.url, acceptsGzip: true))
            #expect(packed.headers["Content-Encoding"] == "gzip")
            #expect(try await packed.body.text == "hello")
        }

        @Test(arguments: [
            ("X-A", "1\r\nX-B: 2"), ("X-A", "1\n"), ("X-A", "\u{0}"), ("X-A", "\u{7f}"), ("X-A", "\u{1b}[31m"),
        ])
        func aValueCannotCarryAnotherHeader(name: String, value: String) async throws {
            await #expect(throws: HTTPTransportError.invalidRequest(name)) {
                try await transport.send(HTTPRequest(.get, "http://127.0.0.1:1/", headers: [name: value]))
            }
        }

        @Test(arguments: ["", "X A", "X:A", "X\r\n", "Ü"])
        func aNameIsAToken(name: String) async throws {
            await #expect(throws: HTTPTransportError.invalidRequest("header field name")) {
                try await transport.send(HTTPRequest(.get, "http://127.0.0.1:1/", headers: [name: "value"]))
            }
        }

        @Test(arguments: [
            "", "/path", "ftp://host/", "file:///etc/passwd", "http://", "http://host:0/", "http://host:x/",
            "http://user:secret@host/", "http://host/a b", "http://host/\r\nX: 1", "https://[::1/",
        ])
        func aURLIsAbsoluteAndHTTP(url: String) async throws {
            await #expect(throws: HTTPTransportError.invalidRequest("URL")) {
                try await transport.send(HTTPRequest(.get, url))
            }
        }

        @Test func headersAreBounded() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\n")
                let line = "X-Long: " + String(repeating: "x", count: 60_000) + "\r\n"
                while true { try connection.write(line) }
            }
            let error = await timed { () async throws(HTTPTransportError) in
                try await transport.send(HTTPRequest(.get, server.url))
            }.outcome.failure
            // libcurl's own limit, or ours for versions without one.
            guard case .other(let words) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("header"))
        }

        @Test func theLibraryTellsItsVersion() {
            let version = CurlTransport.libraryVersion
            #expect(version.libcurl.split(separator: ".").count == 3)
            #expect(version.tls.contains("/"))
        }
    }
}

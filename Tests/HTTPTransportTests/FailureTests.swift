import HTTPTransport
import Synchronization
import TestSupport
import Testing

extension CurlTransportTests {
    @Suite struct FailureTests {
        let transport = CurlTransport(TransportConfiguration())

        private func failure(_ request: HTTPRequest) async -> HTTPTransportError? {
            await timed { () async throws(HTTPTransportError) in
                try await transport.send(request).body.text
            }.outcome.failure
        }

        @Test func nobodyListens() async throws {
            var server: LoopbackServer? = try LoopbackServer { _ in }
            let port = try #require(server).port
            server = nil
            let request = HTTPRequest(.get, "http://127.0.0.1:\(port)/")
            #expect(await failure(request) == .connectionRefused(host: "127.0.0.1", port: port))
        }

        @Test func theNameDoesNotExist() async {
            let host = unresolvableHost
            #expect(await failure(HTTPRequest(.get, "http://\(host)/")) == .hostNotFound(host))
        }

        @Test func theServerClosesWithoutAWord() async throws {
            let server = try LoopbackServer { connection in _ = try connection.readRequest() }
            #expect(await failure(HTTPRequest(.get, server.url)) == .connectionLost("EOF"))
        }

        @Test func theServerSpeaksSomethingElse() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("220 mail.example ESMTP\r\n")
            }
            guard case .other(let words) = await failure(HTTPRequest(.get, server.url)) else {
                Issue.record("no error")
                return
            }
            #expect(words.hasPrefix("the server does not speak HTTP"))
        }

        @Test func brokenGzipIsNoEnd() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.respond("not gzip at all", headers: ["Content-Encoding: gzip"])
            }
            #expect(await failure(HTTPRequest(.get, server.url, acceptsGzip: true)) != nil)
        }

        /// Servers close idle connections; a request on a closed one is sent on another.
        @Test(arguments: [HTTPRequest.Method.get, .patch])
        func aConnectionClosedWhileIdleIsReplaced(method: HTTPRequest.Method) async throws {
            let closed = Mutex(false)
            let server = try LoopbackServer { connection in
                if let request = try connection.readRequest() { try connection.respond(request.line) }
                connection.closeWriting()
                closed.withLock { $0 = true }
            }
            _ = try await transport.send(HTTPRequest(.get, server.url)).body.text
            #expect(try await eventually { closed.withLock { $0 } })
            // libcurl 8.23 looks whether a kept connection still stands once it was idle for a second.
            try await Task.sleep(for: .milliseconds(1200))
            let request = HTTPRequest(method, server.url + "/2", body: method == .get ? nil : [1])
            #expect(try await transport.send(request).body.text == "\(method.rawValue) /2 HTTP/1.1")
            #expect(server.accepted == 2)
        }

        /// A server that dies between receiving and answering a PATCH must not receive it again from us.
        @Test func aBodyIsNeverSentTwice() async throws {
            let bodies = Mutex<[[UInt8]]>([])
            let server = try LoopbackServer { connection in
                while let request = try connection.readRequest() {
                    bodies.withLock { $0.append(request.body) }
                    if !request.body.isEmpty { return }
                    try connection.respond()
                }
            }
            _ = try await transport.send(HTTPRequest(.get, server.url)).body.text
            let patch = HTTPRequest(.patch, server.url, body: Array("once".utf8))
            guard case .connectionLost = await failure(patch) else {
                Issue.record("no error")
                return
            }
            #expect(bodies.withLock { $0 } == [[], Array("once".utf8)])
        }

        @Test func aTimeoutBoundsTheWaitForTheResponse() async throws {
            let server = try LoopbackServer { connection in connection.waitForClose() }
            let (duration, outcome) = await timed { () async throws(HTTPTransportError) in
                try await transport.send(HTTPRequest(.get, server.url, timeout: .milliseconds(300)))
            }
            #expect(outcome.failure == .timedOut(during: "waiting for the response"))
            #expect((.milliseconds(300) ..< .seconds(2)).contains(duration))
        }

        @Test func aTimeoutBoundsTheBodyToo() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while true {
                    try connection.writeChunk("tick")
                    connection.pause(.milliseconds(20))
                }
            }
            let (duration, outcome) = await timed { () async throws(HTTPTransportError) in
                try await transport.send(HTTPRequest(.get, server.url, timeout: .milliseconds(300))).body.text
            }
            #expect(outcome.failure == .timedOut(during: "reading the response"))
            #expect((.milliseconds(300) ..< .seconds(2)).contains(duration))
        }

        @Test func aStallEndsASilentBodyAndNotASlowOne() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<8 {
                    try connection.writeChunk("tick")
                    connection.pause(.milliseconds(100))
                }
                connection.waitForClose()
            }
            let (duration, outcome) = await timed { () async throws(HTTPTransportError) in
                try await transport.send(HTTPRequest(.get, server.url, stallTimeout: .milliseconds(300))).body.text
            }
            #expect(outcome.failure == .timedOut(during: "reading the response"))
            #expect((.milliseconds(950) ..< .seconds(3)).contains(duration))
        }

        /// As a watch, to which a server may have nothing to say: silence counts before the head and after the first byte.
        /// It lasts longer than the thread's own limit and the watchdog's.
        @Test(arguments: [false, true]) func aBodyMayBeginSilent(begins: Bool) async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                if begins { try connection.writeChunk("tick") }
                connection.pause(.milliseconds(1800))
                try connection.writeChunk("tock")
                try connection.write("0\r\n\r\n")
            }
            let request = HTTPRequest(.get, server.url, stallTimeout: .milliseconds(300), mayBeginSilent: true)
            let (_, outcome) = await timed { () async throws(HTTPTransportError) in
                try await transport.send(request).body.text
            }
            if begins {
                #expect(outcome.failure == .timedOut(during: "reading the response"))
            } else {
                #expect(try outcome.get() == "tock")
            }
        }

        @Test func theHeadMayNotBeSilent() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                connection.waitForClose()
            }
            let request = HTTPRequest(.get, server.url, stallTimeout: .milliseconds(300), mayBeginSilent: true)
            let (_, outcome) = await timed { () async throws(HTTPTransportError) in
                try await transport.send(request).body.text
            }
            #expect(outcome.failure == .timedOut(during: "waiting for the response"))
        }

        @Test func aTrickleIsSilenceToWhoExpectsMore() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<100 {
                    try connection.writeChunk("x")
                    connection.pause(.milliseconds(50))
                }
            }
            let request = HTTPRequest(.get, server.url, stallTimeout: .milliseconds(400), stallBytes: 200)
            let (duration, outcome) = await timed { () async throws(HTTPTransportError) in
                try await transport.send(request).body.text
            }
            #expect(outcome.failure == .timedOut(during: "reading the response"))
            #expect(duration < .milliseconds(2500))
        }

        @Test func aStallIsNotOurOwnSlowness() async throws {
            let total = 16 << 20
            let server = try LoopbackServer(sendBuffer: 64 << 10) { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
                try connection.write([UInt8](repeating: 1, count: total))
            }
            let response = try await transport.send(HTTPRequest(.get, server.url, stallTimeout: .milliseconds(200)))
            try await Task.sleep(for: .milliseconds(600))
            var count = 0
            for try await piece in response.body { count += piece.count }
            #expect(count == total)
        }
    }
}

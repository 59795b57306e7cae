import HTTPTransport
import Synchronization
import TestSupport
import Testing

extension CurlTransportTests {
    @Suite struct LifetimeTests {
        let transport = CurlTransport(TransportConfiguration())

        @Test func cancelledBeforeTheHead() async throws {
            let closed = Mutex(false)
            let server = try LoopbackServer { connection in
                connection.waitForClose()
                closed.withLock { $0 = true }
            }
            let url = server.url
            let task = Task { [transport] in
                await timed { () async throws(HTTPTransportError) in try await transport.send(HTTPRequest(.get, url)) }
            }
            #expect(try await eventually { server.accepted == 1 })
            let start = ContinuousClock.now
            task.cancel()
            let outcome = await task.value.outcome
            #expect(start.duration(to: .now) < .milliseconds(500))
            #expect(outcome.failure == .cancelled)
            #expect(try await eventually { closed.withLock { $0 } })
        }

        @Test func cancelledWhileIdleInTheBody() async throws {
            let closed = Mutex(false)
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                try connection.writeChunk("first")
                connection.waitForClose()
                closed.withLock { $0 = true }
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            let isIdle = Mutex(false)
            let task = Task {
                await timed { () async throws(HTTPTransportError) in
                    var body = response.body.makeAsyncIterator()
                    _ = try await body.next()
                    isIdle.withLock { $0 = true }
                    return try await body.next()
                }
            }
            #expect(try await eventually { isIdle.withLock { $0 } })
            try await Task.sleep(for: .milliseconds(50))
            let start = ContinuousClock.now
            task.cancel()
            let outcome = await task.value.outcome
            #expect(start.duration(to: .now) < .milliseconds(500))
            #expect(outcome.failure == .cancelled)
            #expect(try await eventually { closed.withLock { $0 } })
        }

        @Test func cancelledBeforeItIsSent() async throws {
            let server = try LoopbackServer { connection in try connection.respond() }
            let url = server.url
            let task = Task { [transport] in
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return await timed { () async throws(HTTPTransportError) in
                    try await transport.send(HTTPRequest(.get, url))
                }
            }
            #expect(await task.value.outcome.failure == .cancelled)
        }

        @Test func closingEndsWhatIsUnderWayAndWhatComesLater() async throws {
            let server = try LoopbackServer { connection in connection.waitForClose() }
            let url = server.url
            let task = Task { [transport] in
                await timed { () async throws(HTTPTransportError) in try await transport.send(HTTPRequest(.get, url)) }
            }
            #expect(try await eventually { server.accepted == 1 })
            transport.close()
            #expect(await task.value.outcome.failure == .cancelled)
            await #expect(throws: HTTPTransportError.cancelled) { try await transport.send(HTTPRequest(.get, url)) }
            transport.close()
        }

        @Test func aReleasedTransportLeavesNoThreadAndNoFile() async throws {
            let server = try LoopbackServer { connection in
                while try connection.readRequest() != nil { try connection.respond("ok") }
            }
            let url = server.url
            func cycle() async throws {
                let transport = CurlTransport(TransportConfiguration())
                _ = try await transport.send(HTTPRequest(.get, url)).body.text
                // The second response is released with the transport while half read.
                _ = try await transport.send(HTTPRequest(.get, url))
            }
            try await cycle()
            let (files, threads) = (ProcessFacts.openFiles, ProcessFacts.threads)
            for _ in 0..<50 { try await cycle() }
            #expect(server.accepted == 51)
            // Other tests of this process run meanwhile; a leak would count 50.
            #expect(try await eventually { ProcessFacts.openFiles < files + 20 && ProcessFacts.threads < threads + 20 })
        }

        @Test func connectionsAreNotLeftToChildProcesses() async throws {
            let server = try LoopbackServer { connection in
                while try connection.readRequest() != nil { try connection.respond() }
            }
            _ = try await transport.send(HTTPRequest(.get, server.url)).body.text
            let connections = ProcessFacts.sockets(connectedTo: server.port)
            #expect(connections.count == 1)
            #expect(connections.allSatisfy { $0.closesOnExec })
        }

        @Test func aTransportWithoutRequestsStartsNothing() {
            let threads = ProcessFacts.threads
            let idle = (0..<50).map { _ in CurlTransport(TransportConfiguration()) }
            #expect(ProcessFacts.threads < threads + 20)
            #expect(idle.count == 50)
        }
    }
}

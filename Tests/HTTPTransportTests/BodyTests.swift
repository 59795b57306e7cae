import Glibc
import HTTPTransport
import Synchronization
import TestSupport
import Testing

extension CurlTransportTests {
    @Suite struct BodyTests {
        let transport = CurlTransport(TransportConfiguration())

        @Test func piecesArriveBeforeTheEnd() async throws {
            let readSoFar = Mutex(0)
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for number in 1...3 {
                    try connection.writeChunk("event \(number)\n")
                    // Send the next chunk only after the last has been read.
                    while readSoFar.withLock({ $0 }) < number { connection.pause(.milliseconds(1)) }
                }
                try connection.writeChunk("")
            }
            var events: [String] = []
            for try await piece in try await transport.send(HTTPRequest(.get, server.url)).body {
                events.append(String(decoding: piece, as: UTF8.self))
                readSoFar.withLock { $0 += 1 }
            }
            #expect(events == ["event 1\n", "event 2\n", "event 3\n"])
        }

        /// However long connecting has taken; the next request is not affected.
        @Test func whatIsNoLongerWantedIsNotSent() async throws {
            let bodies = Mutex<[[UInt8]]>([])
            let server = try LoopbackServer { connection in
                guard let request = try connection.readRequest() else { return }
                bodies.withLock { $0.append(request.body) }
                try connection.respond()
            }
            let request = HTTPRequest(.patch, server.url, body: Array("{}".utf8), isStillWanted: { false })
            await #expect(throws: HTTPTransportError.overtaken) { try await transport.send(request) }
            _ = try await transport.send(HTTPRequest(.patch, server.url, body: Array("{}".utf8)))
            #expect(bodies.withLock { $0.filter { !$0.isEmpty } } == [Array("{}".utf8)])
        }

        @Test func nobodyReadingMeansNobodySending() async throws {
            let written = Mutex(0)
            let total = 64 << 20
            let server = try LoopbackServer(sendBuffer: 64 << 10) { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
                let block = [UInt8](repeating: 7, count: 64 << 10)
                for _ in 0..<(total / block.count) {
                    try connection.write(block)
                    written.withLock { $0 += block.count }
                }
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            var last = -1
            while last != written.withLock({ $0 }) {
                last = written.withLock { $0 }
                try await Task.sleep(for: .milliseconds(100))
            }
            // Our 256 KiB, libcurl's 64 KiB, and the buffers of two sockets: 2.5 to 3 MiB were measured.
            #expect(last < 8 << 20)
            var count = 0
            for try await piece in response.body {
                #expect(piece.count <= 256 << 10)
                count += piece.count
            }
            #expect(count == total)
        }

        @Test func aSlowReaderOfGzipMissesNothing() async throws {
            let plain = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
            let packed = StoredGzip.encode(plain)
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
                try connection.write(packed)
            }
            let response = try await transport.send(HTTPRequest(.get, server.url, acceptsGzip: true))
            var received: [UInt8] = []
            var count = 0
            for try await piece in response.body {
                #expect(piece.count <= 256 << 10)
                received += piece
                count += 1
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(received == plain)
            #expect(count >= plain.count / (256 << 10))
        }

        @Test func fiftyMebibytesArriveIntactAndLeaveNoTrace() async throws {
            let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(800 * block.count)\r\n\r\n")
                for _ in 0..<800 { try connection.write(block) }
            }
            let sixBlocks = (0..<6).flatMap { _ in block }
            let before = ProcessFacts.residentBytes
            var peak = before
            let response = try await transport.send(HTTPRequest(.get, server.url))
            var offset = 0
            for try await piece in response.body {
                let begin = offset % block.count
                #expect(sixBlocks[begin..<begin + piece.count].hasSameBytes(as: piece))
                offset += piece.count
                peak = max(peak, ProcessFacts.residentBytes)
            }
            #expect(offset == 800 * block.count)
            #expect(before > 0)
            #expect(peak - before < 16 << 20)
        }

        @Test func aDroppedBodyEndsTheTransfer() async throws {
            let closed = Mutex(false)
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                try connection.writeChunk("first")
                connection.waitForClose()
                closed.withLock { $0 = true }
            }
            do {
                let response = try await transport.send(HTTPRequest(.get, server.url))
                for try await _ in response.body { break }
                #expect(!closed.withLock { $0 })
            }
            #expect(try await eventually { closed.withLock { $0 } })
        }

        @Test(arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        ])
        func aCutBodyGivesItsPiecesAndThenFails(wire: String) async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write(wire)
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            var body = response.body.makeAsyncIterator()
            #expect(try await body.next() == Array("half".utf8))
            let expected = HTTPTransportError.connectionLost("unexpected EOF in the response body")
            await #expect(throws: expected) { try await body.next() }
            await #expect(throws: expected) { try await body.next() }
        }

        @Test func aBodyWithoutLengthEndsWithTheConnection() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\n\r\nall of it")
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            var body = response.body.makeAsyncIterator()
            #expect(try await body.next() == Array("all of it".utf8))
            #expect(try await body.next() == nil)
            #expect(try await body.next() == nil)
        }

        @Test func aBodyOutlivesItsTransport() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfirst")
                connection.pause(.milliseconds(50))
                try connection.write("end")
            }
            let response = try await CurlTransport(TransportConfiguration()).send(HTTPRequest(.get, server.url))
            #expect(try await response.body.text == "firstend")
        }

        @Test func collectingStopsAtItsLimit() async throws {
            let server = try LoopbackServer { connection in
                _ = try connection.readRequest()
                try connection.respond("twelve bytes")
            }
            let response = try await transport.send(HTTPRequest(.get, server.url))
            await #expect(throws: HTTPTransportError.bodyTooLarge(limit: 11)) {
                try await response.body.collect(upTo: 11)
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// Compares with `memcmp`: comparing 50 MiB by element takes ten seconds without optimisation.
    fileprivate func hasSameBytes(as other: [UInt8]) -> Bool {
        unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { theirs in
                guard mine.count == theirs.count else { return false }
                guard let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
                return unsafe memcmp(left, right, mine.count) == 0
            }
        }
    }
}

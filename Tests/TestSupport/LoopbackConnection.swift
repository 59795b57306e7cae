private import Glibc

/// One connection of a ``LoopbackServer``, used by the thread that runs its script.
package final class LoopbackConnection {
    package struct Request: Sendable {
        /// "GET /path HTTP/1.1"
        package var line: String
        /// The header lines as received.
        package var headers: [String]
        package var body: [UInt8]

        /// The first value of `name`; names are compared ignoring case.
        package subscript(name: String) -> String? {
            headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }

    /// The number of the connection, counted from 1.
    package let number: Int
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(_ descriptor: Int32, number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    /// Reads the next request with its body by Content-Length; nil once the client has closed.
    package func readRequest() throws -> Request? {
        var end = endOfHead()
        while end == nil {
            guard try receive() else { return nil }
            end = endOfHead()
        }
        guard let end else { return nil }
        let head = String(decoding: received[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        received.removeFirst(end)
        var request = Request(line: head.first ?? "", headers: Array(head.dropFirst()), body: [])
        request.body = try read(count: request["Content-Length"].flatMap { Int($0) } ?? 0)
        return request
    }

    /// Reads exactly `count` bytes; fewer if the client closes first.
    package func read(count: Int) throws -> [UInt8] {
        while received.count < count, try receive() {}
        defer { received.removeFirst(min(count, received.count)) }
        return Array(received.prefix(count))
    }

    package func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    package func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { throw LoopbackServer.Failure(call: "send", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends a complete response with a Content-Length.
    package func respond(_ body: String = "", status: Int = 200, headers: [String] = []) throws {
        let head = ["HTTP/1.1 \(status) Scripted", "Content-Length: \(body.utf8.count)"] + headers
        try write(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Sends one chunk of a chunked body; "" ends the body.
    package func writeChunk(_ text: String) throws {
        try write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    /// Sends bytes as a chunk; sends nothing if there are none.
    package func writeChunk(_ bytes: [UInt8]) throws {
        if bytes.isEmpty { return }
        try write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    package func pause(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        usleep(UInt32(seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
    }

    /// Discards input until the client has closed.
    package func waitForClose() {
        while (try? receive()) == true { received = [] }
    }

    /// Closes the writing direction; reading continues.
    package func closeWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    private func endOfHead() -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard received.count >= mark.count else { return nil }
        return (0...(received.count - mark.count)).first { received[$0..<$0 + mark.count].elementsEqual(mark) }
            .map { $0 + mark.count }
    }

    /// Returns false when the client has closed.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw LoopbackServer.Failure(call: "recv", code: errno) }
        received.append(contentsOf: buffer.prefix(count))
        return count > 0
    }
}

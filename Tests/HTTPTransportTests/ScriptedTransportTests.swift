import HTTPTransport
import TestSupport
import Testing

@Suite struct ScriptedTransportTests {
    @Test func answersComeInOrderAndRequestsAreKept() async throws {
        let transport = ScriptedTransport(queue: [
            .success(.scripted(201, headers: ["A": "b"], body: "abcdef", cutAt: [4, 1, 9])), .failure(.cancelled),
        ])
        let response = try await transport.send(HTTPRequest(.get, "http://a/"))
        #expect(response.status == 201)
        #expect(response.headers["a"] == "b")
        var pieces: [String] = []
        for try await piece in response.body { pieces.append(String(decoding: piece, as: UTF8.self)) }
        #expect(pieces == ["a", "bcd", "ef"])
        await #expect(throws: HTTPTransportError.cancelled) {
            try await transport.send(HTTPRequest(.post, "http://b/"))
        }
        await #expect(throws: HTTPTransportError.other("no answer is scripted for DELETE http://c/")) {
            try await transport.send(HTTPRequest(.delete, "http://c/"))
        }
        #expect(transport.requests.map(\.url) == ["http://a/", "http://b/", "http://c/"])
    }

    @Test func aBodyCanBreak() async throws {
        var body = HTTPResponse.scripted(body: "half", failure: .connectionLost("cut")).body.makeAsyncIterator()
        #expect(try await body.next() == Array("half".utf8))
        await #expect(throws: HTTPTransportError.connectionLost("cut")) { try await body.next() }
    }
}

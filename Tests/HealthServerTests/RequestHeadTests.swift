import Testing

@testable import HealthServer

@Suite struct RequestHeadTests {
    @Test(
        arguments: [
            ("GET /a HTTP/1.1\r\n\r\n", "/a", true), ("GET /a?b=c HTTP/1.0\r\nHost: x\r\n\r\n", "/a", true),
            ("HEAD / HTTP/1.1\n\n", "/", false), ("GET http://x:1/a?b HTTP/1.1\r\n\r\n", "/a", true),
            ("GET //a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", "//a", true),
        ] as [(String, String, Bool)])
    func requests(text: String, path: String, wantsBody: Bool) {
        #expect(RequestHead(Array(text.utf8)) == .request(path: path, wantsBody: wantsBody))
    }

    @Test(
        arguments: [
            ("", 400), (" ", 400), ("GET", 400), ("GET /", 400), ("GET  / HTTP/1.1", 400), ("GET a HTTP/1.1", 400),
            ("GET / HTTP/1.1 ", 400), ("get / HTTP/1.1", 400), ("G\u{0}T / HTTP/1.1", 400), (" / HTTP/1.1", 400),
            ("GET http:// HTTP/1.1", 400), ("GET / HTTP/1", 400), ("GET / HTTP/1.x", 400), ("GET / HTTP/x.1", 400),
            ("GET / http/1.1", 400), ("GET / HTTP/1.10", 400),
            ("POST / HTTP/1.1", 405), ("M-SEARCH / HTTP/1.1", 405), ("CONNECT /a HTTP/1.0", 405),
            ("GET / HTTP/2.0", 505), ("PRI /* HTTP/2.0", 505), ("GET / HTTP/0.9", 505),
        ] as [(String, Int)])
    func refusals(line: String, status: Int) {
        #expect(RequestHead(Array("\(line)\r\n\r\n".utf8)) == .refused(status))
    }

    @Test func allButTheWholeIsIncomplete() {
        let text = Array("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for count in 0..<text.count { #expect(RequestHead(Array(text.prefix(count))) == .incomplete) }
    }

    @Test func theLongestIsTakenAndNoLonger() {
        func head(_ count: Int) -> [UInt8] {
            let start = "GET / HTTP/1.1\r\nA: "
            return Array((start + String(repeating: "x", count: count - start.utf8.count) + "\r\n\r\n").utf8)
        }
        #expect(RequestHead(head(RequestHead.longest)) == .request(path: "/", wantsBody: true))
        #expect(RequestHead(head(RequestHead.longest + 1)) == .refused(431))
        #expect(RequestHead(Array(repeating: 0x78, count: RequestHead.longest)) == .incomplete)
        #expect(RequestHead(Array(repeating: 0x78, count: RequestHead.longest + 5)) == .refused(431))
    }
}

/// A response to a probe or a scrape.
package struct HealthResponse: Sendable, Equatable {
    package var status: Int
    package var contentType: String
    package var body: String

    package init(_ status: Int, _ body: String, contentType: String = "text/plain; charset=utf-8") {
        self.status = status
        self.body = body
        self.contentType = contentType
    }

    /// The complete message; every response closes its connection.
    func bytes(wantsBody: Bool) -> [UInt8] {
        let head =
            "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Unknown")\r\nContent-Type: \(contentType)\r\n"
            + "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\nConnection: close\r\n"
            + (status == 405 ? "Allow: GET, HEAD\r\n\r\n" : "\r\n")
        return Array(head.utf8) + (wantsBody ? Array(body.utf8) : [])
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
        431: "Request Header Fields Too Large", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
    ]
}

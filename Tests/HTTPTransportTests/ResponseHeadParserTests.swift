import Testing

@testable import HTTPTransport

@Suite struct ResponseHeadParserTests {
    private func parse(_ lines: String...) -> [ResponseHeadParser.Step] {
        var parser = ResponseHeadParser()
        return lines.map { parser.consume(Array($0.utf8)) }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n", "HTTP/2 200 \r\n", "HTTP/1.0 200\r\n"])
    func aHeadEndsWithTheEmptyLine(status: String) {
        let steps = parse(status, "A: b: c \r\n", "Empty:\r\n", "\r\n")
        let head = ResponseHead(status: 200, headers: ["A": "b: c", "Empty": ""])
        #expect(steps == [.more, .more, .more, .complete(head)])
    }

    @Test func informationalHeadsAreForgotten() {
        let steps = parse("HTTP/1.1 100 Continue\r\n", "A: 1\r\n", "\r\n", "HTTP/1.1 404 No\r\n", "B: 2\r\n", "\r\n")
        #expect(steps.last == .complete(ResponseHead(status: 404, headers: ["B": "2"])))
        #expect(steps.dropLast().allSatisfy { $0 == .more })
    }

    @Test func aFoldedLineContinuesTheValue() {
        let steps = parse("HTTP/1.1 200 OK\r\n", "A: one\r\n", "\t two\r\n", "\r\n")
        #expect(steps.last == .complete(ResponseHead(status: 200, headers: ["A": "one two"])))
    }

    @Test func trailersAreNoHead() {
        #expect(parse("HTTP/1.1 200 OK\r\n", "\r\n", "Late: 1\r\n", "\r\n").suffix(2) == [.more, .more])
    }

    @Test func theHeadIsBounded() {
        var parser = ResponseHeadParser()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: ResponseHeadParser.limit / 4)
        #expect((0..<5).map { _ in parser.consume(line) } == [.more, .more, .more, .more, .tooLarge])
        var floods = ResponseHeadParser()
        let flood = (0...ResponseHeadParser.lineLimit / 2).flatMap { _ in ["HTTP/1.1 100 Continue\r\n", "\r\n"] }
        #expect(flood.map { floods.consume($0.utf8) }.last == .tooLarge)
        var trails = ResponseHeadParser()
        let trailers = ["HTTP/1.1 200 OK\r\n", "\r\n"] + flood.map { _ in "A: b\r\n" }
        #expect(trailers.map { trails.consume($0.utf8) }.last == .tooLarge)
    }
}

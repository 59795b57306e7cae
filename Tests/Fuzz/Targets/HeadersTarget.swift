import Formats
@testable import HTTPTransport
@testable import KubeClient

extension Target {
    /// Any bytes as the header lines of a response, one per line.
    static let headers = Target(name: "headers") { bytes in
        var parser = ResponseHeadParser()
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard case .complete(let head) = parser.consume(Array(line) + [UInt8(ascii: "\n")]) else { continue }
            precondition(
                planted(head.status, as: 100, where: head.headers.fields.count > 1 && head.status > 599) >= 200,
                "no final status")
            for field in head.headers.fields {
                precondition(!field.value.utf8.contains(10), "a field of two lines")
                _ = WarningHeader.texts(in: field.value)
                _ = HTTPDate.seconds(field.value)
            }
        }
    }
}

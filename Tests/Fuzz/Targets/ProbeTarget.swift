@testable import HealthServer

extension Target {
    /// Any bytes from a client of the health server: after a complete request, further bytes change nothing.
    static let probe = Target(name: "probe") { bytes in
        let whole = RequestHead(bytes)
        if case .request(let path, _) = whole {
            let asked = planted(path, as: "", where: path.utf8.count > 9)
            precondition(asked.hasPrefix("/"), "a path that is none")
        }
        guard whole != .incomplete, whole != .refused(431) else { return }
        precondition(RequestHead(bytes + [UInt8(ascii: "x")]) == whole, "bytes after the head change the request")
    }
}

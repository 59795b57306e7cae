/// An address to listen on: `127.0.0.1:9090`, `[::1]:9090`, `localhost:9090`, or `:9090` for every address.
package struct ListenAddress: Sendable, Equatable {
    /// Without brackets; nil for every address.
    package var host: String?
    /// 0 lets the system choose a port.
    package var port: UInt16

    /// Returns nil for any other text.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        self.port = port
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]"), host.count > 2 {
            self.host = String(host.dropFirst().dropLast())
        } else if host.contains(":") || host.contains("[") || host.contains("]") {
            return nil
        } else {
            self.host = host.isEmpty ? nil : String(host)
        }
    }
}

extension ServerURL {
    /// What is wrong with the text of a server's address.
    package enum Flaw: Error, Sendable, Equatable {
        /// kubectl would speak plain HTTP to such a server.
        case noScheme
        case unsupportedScheme(String)
        /// A name or password in a URL ends up in logs.
        case userInfo
        case malformed

        package var message: String {
            switch self {
            case .noScheme: "it has no scheme"
            case .unsupportedScheme(let scheme): "unsupported scheme \"\(scheme)\", must be https or http"
            case .userInfo: "it must not contain a user name or password"
            case .malformed: "it is not a URL"
            }
        }
    }

    /// Reads a cluster's `server` or `--server`. The path stays as a prefix, cleaned; query and fragment go.
    package init(parsing text: String) throws(Flaw) {
        guard text.contains("://") else { throw .noScheme }
        guard let url = URLText(text) else { throw .malformed }
        guard url.scheme == "https" || url.scheme == "http" else { throw .unsupportedScheme(url.scheme) }
        guard url.userInfo == nil else { throw .userInfo }
        let path = url.path.isEmpty ? "" : LexicalPath.clean(url.path)
        self.init(scheme: url.scheme, host: url.host, port: url.port, path: path == "/" ? "" : path)
    }

    /// What is connected to when the URL names no port.
    var effectivePort: Int { port ?? (scheme == "http" ? 80 : 443) }
}

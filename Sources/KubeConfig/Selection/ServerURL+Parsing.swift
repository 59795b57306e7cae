extension ServerURL {
    /// Why a server address is invalid.
    package enum Flaw: Error, Sendable, Equatable {
        /// Without a scheme, kubectl would use plain HTTP.
        case noScheme
        case unsupportedScheme(String)
        /// A name or password in a URL would end up in logs.
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

    /// Parses a cluster's `server` or `--server`. The cleaned path is kept as a prefix; query and fragment are dropped.
    package init(parsing text: String) throws(Flaw) {
        guard text.contains("://") else { throw .noScheme }
        guard let url = URLText(text) else { throw .malformed }
        guard url.scheme == "https" || url.scheme == "http" else { throw .unsupportedScheme(url.scheme) }
        guard url.userInfo == nil else { throw .userInfo }
        let path = url.path.isEmpty ? "" : LexicalPath.clean(url.path)
        self.init(scheme: url.scheme, host: url.host, port: url.port, path: path == "/" ? "" : path)
    }

    /// The port to connect to; the scheme's default if the URL has none.
    var effectivePort: Int { port ?? (scheme == "http" ? 80 : 443) }
}

internal import KubeConfig

/// One receiver of notifications, as given by `--notify`. Its URL is a secret: who knows it can post there.
struct NotifyTarget: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// Slack's incoming webhook, or a compatible one: `{"text": …}`.
        case slack
        /// The whole notification as JSON, signed if there is a key.
        case json
    }

    enum Source: Sendable, Equatable {
        case url(Secret<String>)
        /// Read again for every message, because a mounted Secret changes.
        case file(String)
    }

    /// A usable address.
    struct Address: Sendable, Equatable {
        var kind: Kind
        var url: Secret<String>
        /// Scheme, host and port only.
        var server: ServerURL

        var isPlain: Bool { server.scheme == "http" && !server.isLoopback }
    }

    /// Why there is no address now; the text never contains the URL.
    struct Problem: Error, Equatable {
        var reason: String
    }

    private static let prefix = "slack:"
    /// Longer ones are no URLs.
    private static let longestURL = 8192

    /// Counted from 1, in the order of the flags.
    var number: Int
    private var kind: Kind
    private var source: Source

    /// Parses `URL`, `slack:URL`, `@FILE` or `slack:@FILE`.
    init(_ text: String, number: Int) throws(Problem) {
        self.number = number
        let isSlack = text.hasPrefix(Self.prefix)
        kind = isSlack ? .slack : .json
        let place = isSlack ? String(text.dropFirst(Self.prefix.utf8.count)) : text
        if place.hasPrefix("@") {
            source = .file(String(place.dropFirst()))
            if place == "@" { throw Problem(reason: "the name of the file is missing after @") }
        } else {
            source = .url(Secret(place))
            _ = try Self.address(place, kind)
        }
    }

    /// Returns where to send now.
    func address(_ host: HostEnvironment) throws(Problem) -> Address {
        switch source {
        case .url(let url): return try Self.address(url.exposed, kind)
        case .file(let path):
            let text = try Self.text(of: path, host)
            guard text.hasPrefix(Self.prefix) else { return try Self.address(text, kind, in: path) }
            return try Self.address(String(text.dropFirst(Self.prefix.utf8.count)), .slack, in: path)
        }
    }

    /// How it is called in messages: number, kind and host, never a path.
    func name(at address: Address?) -> String {
        let kind = (address?.kind ?? kind).rawValue
        return "notification target \(number) (\(kind)" + (address.map { ", \($0.server.host)" } ?? "") + ")"
    }

    /// Reads the first line of a file that holds a secret.
    static func text(of path: String, _ host: HostEnvironment) throws(Problem) -> String {
        let bytes: [UInt8]
        do throws(HostEnvironment.FileError) {
            bytes = try host.read(path)
        } catch {
            throw Problem(reason: "file \(path) cannot be read: \(error.reason)")
        }
        let line = bytes.drop { $0 <= 0x20 }.prefix { $0 > 0x20 }
        if line.isEmpty { throw Problem(reason: "file \(path) is empty") }
        if bytes.drop(while: { $0 <= 0x20 }).dropFirst(line.count).contains(where: { $0 > 0x20 }) {
            throw Problem(reason: "file \(path) holds more than one word")
        }
        return String(decoding: line, as: UTF8.self)
    }

    private static func address(_ url: String, _ kind: Kind, in file: String? = nil) throws(Problem) -> Address {
        let subject = file.map { "the text in file \($0)" } ?? "it"
        guard url.utf8.count <= longestURL, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Problem(reason: "\(subject) is not a URL")
        }
        do throws(ServerURL.Flaw) {
            let server = try ServerURL(parsing: url)
            return Address(
                kind: kind, url: Secret(url),
                server: ServerURL(scheme: server.scheme, host: server.host, port: server.port))
        } catch .userInfo {
            throw Problem(reason: "\(subject) must not contain a user name or password")
        } catch {
            throw Problem(reason: "\(subject) is not an http or https URL")
        }
    }
}

extension ServerURL {
    /// Whether only this machine can see what is sent there.
    fileprivate var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

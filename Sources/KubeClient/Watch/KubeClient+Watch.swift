internal import HTTPTransport

/// The selection of a watch.
package struct WatchOptions: Sendable, Equatable {
    /// Nil for all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    /// The version to start after.
    package var resourceVersion: String
    /// Whether the stream begins with all there is, in a state not older than ``resourceVersion``, and a bookmark: a
    /// streaming list.
    package var beginsWithList = false
    /// The time after which the server ends the stream; client-go uses 5 to 10 minutes.
    package var timeout: Duration
    /// The silence after an event after which the connection counts as dead; API servers then send a bookmark every
    /// minute. Before the first event, the server may be silent until it ends the stream: it has nothing to say.
    package var stallTimeout: Duration

    package init(
        namespace: String?, labelSelector: String? = nil, resourceVersion: String, timeout: Duration,
        stallTimeout: Duration
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.resourceVersion = resourceVersion
        self.timeout = timeout
        self.stallTimeout = stallTimeout
    }
}

extension KubeClient {
    /// How much longer than requested a watch may last: a peer could drip bytes without ever ending it.
    private static let overtime = Duration.seconds(60)
    /// The limit for a resourceVersion, in bytes; etcd's have at most 20 digits, but other forms are allowed.
    private static let longestVersion = 1024

    /// Asks, by a list of one object, whether the server's state is at least `version`.
    ///
    /// - Throws: ``KubeError``; a status 504 with the cause `ResourceVersionTooLarge` if it is older.
    func confirm(
        _ resource: APIResource, namespace: String?, isNotOlderThan version: String
    ) async throws(KubeError) {
        var call = Call(.get, path: try resource.path(namespace: namespace), of: resource)
        call.isOnStreams = true  // over the connection of the watch: to the same server, if there are several
        call.needsVersion = true
        // Without the match, servers take a version with a limit for exactly that version.
        call.query = ["limit": "1", "resourceVersion": version, "resourceVersionMatch": "NotOlderThan"]
        _ = try await object(call)
    }

    /// Opens a watch.
    ///
    /// - Throws: ``KubeError`` if the server refuses it.
    package func watch(_ resource: APIResource, _ options: WatchOptions) async throws(KubeError) -> WatchedEvents {
        guard options.resourceVersion.utf8.count <= Self.longestVersion else {
            throw .malformed(what: "its resourceVersion is too long", url: resource.qualifiedName)
        }
        var call = Call(.get, path: try resource.path(namespace: options.namespace), of: resource)
        call.isWatch = true
        call.isOnStreams = true
        call.mayBeginSilent = !options.beginsWithList
        call.stallTimeout = options.stallTimeout
        call.longest = options.timeout + Self.overtime
        call.query = [
            "allowWatchBookmarks": "true", "resourceVersion": options.resourceVersion,
            "timeoutSeconds": String(options.timeout.secondsRoundedUp), "watch": "true",
        ]
        if options.beginsWithList {
            call.query["sendInitialEvents"] = "true"
            call.query["resourceVersionMatch"] = "NotOlderThan"
        }
        call.query["labelSelector"] = options.labelSelector
        return WatchedEvents(try await send(call), of: resource, client: self)
    }
}

/// The events of one watch until the server ends it.
///
/// The API sends concatenated JSON values, not necessarily on separate lines or in whole chunks. A value that the end
/// of the stream cuts off is dropped.
package struct WatchedEvents: Sendable {
    private let client: KubeClient
    private let resource: APIResource
    private let contentType: String
    private var body: HTTPBody.Iterator
    private var splitter = JSONSplitter()
    private var ready: [WatchEvent] = []
    private var nextReady = 0
    private var failure: KubeError?

    fileprivate init(_ response: HTTPResponse, of resource: APIResource, client: KubeClient) {
        self.client = client
        self.resource = resource
        contentType = response.shownContentType
        body = response.body.makeAsyncIterator()
    }

    /// Returns the next event, or nil at the end of the stream.
    ///
    /// - Throws: ``KubeError`` after all earlier events, if the stream breaks or is no watch.
    package mutating func next() async throws(KubeError) -> WatchEvent? {
        while nextReady == ready.count {
            if let failure { throw failure }
            ready.removeAll(keepingCapacity: true)
            nextReady = 0
            let piece: [UInt8]?
            do throws(HTTPTransportError) {
                piece = try await body.next()
            } catch {
                throw client.wrapped(error)
            }
            guard let piece else { return nil }
            take(piece)
        }
        nextReady += 1
        return ready[nextReady - 1]
    }

    private mutating func take(_ piece: [UInt8]) {
        var objects: [JSONSplitter.Object]
        do throws(JSONSplitter.Failure) {
            objects = try splitter.feed(piece)
        } catch {
            failure = .malformed(what: error.text(contentType: contentType), url: resource.qualifiedName)
            objects = splitter.takeCompleted()
        }
        for object in objects {
            do throws(KubeError) {
                guard case .single(let json) = object else {
                    throw .malformed(what: "it is a list, not a watch", url: resource.qualifiedName)
                }
                ready.append(try WatchEvent(json, from: resource))
            } catch {
                failure = error
                return
            }
        }
    }
}

extension Duration {
    fileprivate var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}

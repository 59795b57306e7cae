internal import HTTPTransport

/// Which changes a watch asks for.
package struct WatchOptions: Sendable, Equatable {
    /// Nil is all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    /// Of the last thing that was seen: what came after it is sent.
    package var resourceVersion: String
    /// After which the server ends the stream; client-go asks for 5 to 10 minutes.
    package var timeout: Duration
    /// Silence after which the connection counts as dead; servers send a bookmark each minute.
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
    /// What a watch may last beyond what was asked for: a peer that drips bytes and never ends it tells nothing.
    private static let overtime = Duration.seconds(60)
    /// etcd's are of 20 digits at the most; others may be of another form.
    private static let longestVersion = 1024

    /// Opens a watch; throws when the server refuses it.
    package func watch(_ resource: APIResource, _ options: WatchOptions) async throws(KubeError) -> WatchedEvents {
        guard options.resourceVersion.utf8.count <= Self.longestVersion else {
            throw .malformed(what: "its resourceVersion is too long", url: resource.qualifiedName)
        }
        var call = Call(.get, try resource.path(namespace: options.namespace), resource)
        call.isWatch = true
        call.isOnStreams = true
        call.stallTimeout = options.stallTimeout
        call.longest = options.timeout + Self.overtime
        call.query = [
            "allowWatchBookmarks": "true", "resourceVersion": options.resourceVersion,
            "timeoutSeconds": String(options.timeout.components.seconds), "watch": "true",
        ]
        call.query["labelSelector"] = options.labelSelector
        return WatchedEvents(try await send(call), of: resource, client: self)
    }
}

/// The events of one watch, until the server ends it.
///
/// The API sends one JSON value after the other and promises nothing else: neither lines nor whole values in a piece. A
/// value that the end of the stream cuts off is dropped.
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

    /// The next event, nil at the end; throws when the stream breaks or is none, after all that came before.
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

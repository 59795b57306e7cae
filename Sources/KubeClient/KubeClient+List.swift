internal import HTTPTransport

/// The selection of a list, and how fresh it must be.
package struct ListOptions: Sendable, Equatable {
    package enum Freshness: Sendable, Equatable {
        /// The API server's cache (`resourceVersion=0`): cheap, but possibly stale.
        case cached
        /// The state stored in etcd.
        case latest
        /// The API server's cache once it has reached this resourceVersion.
        case notOlderThan(String)
    }

    /// Nil for all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    package var fieldSelector: String?
    package var freshness: Freshness
    /// Objects per page; kubectl and client-go use 500. A cached list is not paged.
    package var pageSize: Int
    /// Sends the request over the watch connection, so that its data does not wait in buffers shared with HTTP/2
    /// requests.
    package var isBeforeWatch: Bool

    package init(
        namespace: String?, labelSelector: String? = nil, fieldSelector: String? = nil, freshness: Freshness = .latest,
        pageSize: Int = 500, isBeforeWatch: Bool = false
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.freshness = freshness
        self.pageSize = pageSize
        self.isBeforeWatch = isBeforeWatch
    }
}

extension KubeClient {
    /// Lists the selected objects one at a time as they arrive: memory use does not grow with the list.
    ///
    /// - Parameter progress: called whenever more data has arrived.
    package func list(
        _ resource: APIResource, _ options: ListOptions, progress: (@Sendable (ListProgress) -> Void)? = nil
    ) -> ListedObjects {
        ListedObjects(client: self, resource: resource, options: options, progress: progress)
    }
}

/// How much of a list has been received.
package struct ListProgress: Sendable, Equatable {
    /// The number of items received.
    package var items: Int
    /// The number of items received and remaining, from `metadata.remainingItemCount`; known after the first page.
    ///
    /// Nil if the server does not report it, as for a cached list or one with a selector.
    package var total: Int?

    package init(items: Int = 0, total: Int? = nil) {
        self.items = items
        self.total = total
    }
}

/// The items of a list across all its pages.
package struct ListedObjects: AsyncSequence, Sendable {
    package enum Element: Sendable, Equatable {
        /// One object, as JSON.
        case item([UInt8])
        /// The continue token has expired and the list starts over: discard the items received so far.
        case startedOver
    }

    let client: KubeClient
    let resource: APIResource
    let options: ListOptions
    fileprivate let progress: (@Sendable (ListProgress) -> Void)?

    package func makeAsyncIterator() -> Iterator {
        Iterator(list: self)
    }

    package struct Iterator: AsyncIteratorProtocol {
        /// More than etcd can hold; stops a server that never ends its list.
        static let mostItems = 10_000_000
        /// The same number at 500 items per page.
        static let mostPages = 20_000
        /// Consecutive pages without items; an API server fills its pages.
        static let mostEmptyPages = 10

        private let list: ListedObjects
        private var page: ListPage?
        /// The next page, requested as soon as its continue token is known.
        private var following: FollowingPage?
        private var pending: [Element] = []
        private var next = 0
        private var token: String?
        private var pages = 0
        private var emptyPages = 0
        private var itemsBefore = 0
        private var itemsInAll = 0
        private var isWhole: Bool
        private var hasStartedOver = false
        private var isDone = false
        private var progress = ListProgress()
        /// The resourceVersion of the whole list; nil before its end, and if the server sends none.
        package private(set) var resourceVersion: String?

        fileprivate init(list: ListedObjects) {
            self.list = list
            isWhole = list.options.freshness != .latest || list.options.pageSize <= 0
        }

        /// Returns the next item; nil at the end of the list.
        ///
        /// - Throws: ``KubeError`` if a page cannot be read, or the server never ends the list.
        package mutating func next() async throws(KubeError) -> Element? {
            try await next(isolation: nil)
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(KubeError) -> Element? {
            while next == pending.count {
                if isDone { return nil }
                pending.removeAll(keepingCapacity: true)
                next = 0
                try await readMore()
            }
            next += 1
            return pending[next - 1]
        }

        private mutating func readMore() async throws(KubeError) {
            if page == nil {
                do throws(KubeError) {
                    page = ListPage(try await response(), of: list)
                } catch {
                    // The token has expired: start over without pages, so that the result does not mix two versions.
                    guard error.status?.code == 410, token != nil, !hasStartedOver else { throw named(error) }
                    hasStartedOver = true
                    isWhole = true
                    token = nil
                    progress = ListProgress()
                    pending.append(.startedOver)
                    return
                }
            }
            let end = try await page?.read(into: &pending)
            // Request the next page before the items are handed out, so that the server works on it meanwhile.
            if let token = page?.metadata?.token, token != self.token, token != following?.token {
                following = FollowingPage(list.client, try call(continuing: token), token: token)
            }
            progress.items += pending.count
            itemsInAll += pending.count
            if itemsInAll > Self.mostItems {
                throw .malformed(
                    what: "it has more than \(Self.mostItems) items", url: list.resource.qualifiedName)
            }
            if let remaining = end?.remainingItemCount {
                let (total, overflows) = progress.items.addingReportingOverflow(remaining)
                progress.total = overflows ? nil : total
            }
            list.progress?(progress)
            guard let end else { return }
            page = nil
            resourceVersion = end.resourceVersion.flatMap { $0.isEmpty ? nil : $0 }
            if let next = end.token, next == token {
                throw .malformed(what: "it continues with the same page for ever", url: list.resource.qualifiedName)
            }
            try countPage(hasNext: end.token != nil)
            token = end.token
            isDone = token == nil
        }

        private mutating func countPage(hasNext: Bool) throws(KubeError) {
            pages += 1
            emptyPages = progress.items == itemsBefore ? emptyPages + 1 : 0
            itemsBefore = progress.items
            guard hasNext, pages >= Self.mostPages || emptyPages >= Self.mostEmptyPages else { return }
            let what =
                pages >= Self.mostPages ? "it has more than \(pages) pages" : "\(emptyPages) pages of it are empty"
            throw .malformed(what: what, url: list.resource.qualifiedName)
        }

        private mutating func response() async throws(KubeError) -> HTTPResponse {
            defer { following = nil }
            if let following, following.token == token { return try await following.response() }
            return try await list.client.send(try call(continuing: token))
        }

        /// Adds the name of the resource to the message, in kubectl's words (cli-runtime resource/visitor.go).
        private func named(_ error: KubeError) -> KubeError {
            guard case .status(var status) = error else { return error }
            if status.code == 422 { status.details = nil }  // the causes are told of a write only
            guard status.code == 400 || status.code == 404 else { return .status(status) }
            let resource = list.resource
            let version = resource.group.isEmpty ? resource.version : "\(resource.group)/\(resource.version)"
            let what = "\"\(version), Resource=\(resource.plural)\""
            let prefix =
                list.options.labelSelector.map {
                    "Unable to find \(what) that match label selector \"\($0)\", field selector \"\(list.options.fieldSelector ?? "")\": "
                } ?? "Unable to list \(what): "
            status.message = prefix + status.message
            return .status(status)
        }

        private func call(continuing token: String?) throws(KubeError) -> Call {
            let path = try list.resource.path(namespace: list.options.namespace)
            var call = Call(.get, path: path, of: list.resource)
            call.isOnStreams = list.options.isBeforeWatch
            call.query["labelSelector"] = list.options.labelSelector
            call.query["fieldSelector"] = list.options.fieldSelector
            if !isWhole { call.query["limit"] = String(list.options.pageSize) }
            if let token {
                call.query["continue"] = token
            } else {
                switch list.options.freshness {
                case .latest: break
                case .cached: call.query["resourceVersion"] = "0"
                case .notOlderThan(let version):
                    call.query["resourceVersion"] = version
                    call.needsVersion = true
                }
            }
            return call
        }
    }
}

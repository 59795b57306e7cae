internal import FoundationEssentials
internal import HTTPTransport

/// Which objects a list asks for, and how fresh they must be.
package struct ListOptions: Sendable, Equatable {
    package enum Freshness: Sendable, Equatable {
        /// What the API server has cached (`resourceVersion=0`): cheap, and milliseconds old or more.
        case cached
        /// What is stored now.
        case latest
        /// What the API server has cached, once that has come as far as this resourceVersion.
        case notOlderThan(String)
    }

    /// Nil is all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    package var freshness: Freshness
    /// Objects a page; kubectl and client-go ask for 500. A cached list comes whole.
    package var pageSize: Int
    /// Over the connection of watches: nothing of it waits in the buffers that requests over HTTP/2 share.
    package var isBeforeWatch: Bool

    package init(
        namespace: String?, labelSelector: String? = nil, freshness: Freshness = .latest, pageSize: Int = 500,
        isBeforeWatch: Bool = false
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.freshness = freshness
        self.pageSize = pageSize
        self.isBeforeWatch = isBeforeWatch
    }
}

extension KubeClient {
    /// Every object that `options` ask for, one at a time as it arrives: memory does not grow with the list.
    package func list(_ resource: APIResource, _ options: ListOptions) -> ListedObjects {
        ListedObjects(client: self, resource: resource, options: options)
    }
}

/// The items of a list, page after page.
package struct ListedObjects: AsyncSequence, Sendable {
    package enum Element: Sendable, Equatable {
        /// One object, as JSON.
        case item([UInt8])
        /// The pages read so far belong to a version that has expired, and the list begins again: forget them.
        case startedOver
    }

    fileprivate let client: KubeClient
    fileprivate let resource: APIResource
    fileprivate let options: ListOptions

    package func makeAsyncIterator() -> Iterator {
        Iterator(list: self)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private let list: ListedObjects
        private var page: Page?
        private var pending: [Element] = []
        private var next = 0
        private var token: String?
        private var isWhole: Bool
        private var hasStartedOver = false
        private var isDone = false
        /// Of the list as a whole; nil until its end has been read, and where the server gives none.
        package private(set) var resourceVersion: String?

        fileprivate init(list: ListedObjects) {
            self.list = list
            isWhole = list.options.freshness != .latest || list.options.pageSize <= 0
        }

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
                    page = Page(try await list.client.send(try call()), of: list)
                } catch {
                    // A continue token outlives its version: begin again, whole, so that no two versions mix.
                    guard error.status?.code == 410, token != nil, !hasStartedOver else { throw named(error) }
                    hasStartedOver = true
                    isWhole = true
                    token = nil
                    pending.append(.startedOver)
                    return
                }
            }
            guard let end = try await page?.read(into: &pending) else { return }
            page = nil
            resourceVersion = end.resourceVersion.flatMap { $0.isEmpty ? nil : $0 }
            let following = end.continue.flatMap { $0.isEmpty ? nil : $0 }
            if following != nil, following == token {
                throw .malformed(what: "it continues with the same page for ever", url: list.resource.qualifiedName)
            }
            token = following
            isDone = following == nil
        }

        /// What could not be listed, in kubectl's words (cli-runtime resource/visitor.go): the server names it only in part.
        private func named(_ error: KubeError) -> KubeError {
            guard case .status(var status) = error else { return error }
            if status.code == 422 { status.details = nil }  // the causes are told of a write only
            guard status.code == 400 || status.code == 404 else { return .status(status) }
            let resource = list.resource
            let version = resource.group.isEmpty ? resource.version : "\(resource.group)/\(resource.version)"
            let what = "\"\(version), Resource=\(resource.plural)\""
            let prefix =
                list.options.labelSelector.map {
                    "Unable to find \(what) that match label selector \"\($0)\", field selector \"\": "
                } ?? "Unable to list \(what): "
            status.message = prefix + status.message
            return .status(status)
        }

        private func call() throws(KubeError) -> Call {
            let path = try list.resource.path(namespace: list.options.namespace)
            var call = Call(.get, path, list.resource)
            call.isOnStreams = list.options.isBeforeWatch
            call.query["labelSelector"] = list.options.labelSelector
            if !isWhole { call.query["limit"] = String(list.options.pageSize) }
            if let token {
                call.query["continue"] = token
            } else {
                switch list.options.freshness {
                case .latest: break
                case .cached: call.query["resourceVersion"] = "0"
                case .notOlderThan(let version): call.query["resourceVersion"] = version
                }
            }
            return call
        }
    }
}

/// One response that is a list, being read.
private struct Page {
    /// The `metadata` of a list.
    struct Metadata: Decodable {
        var resourceVersion: String?
        /// The token of the next page; "" when there is none.
        var `continue`: String?
    }

    private let list: ListedObjects
    private let contentType: String
    private var body: HTTPBody.Iterator
    private var splitter = JSONSplitter()
    private var end: Metadata?
    /// What came instead of a list, with the HTTP status of a success.
    private var status: APIStatus?

    init(_ response: HTTPResponse, of list: ListedObjects) {
        self.list = list
        contentType = response.shownContentType
        body = response.body.makeAsyncIterator()
    }

    /// Adds the items of the next piece; gives the list's own metadata once all is read.
    mutating func read(into items: inout [ListedObjects.Element]) async throws(KubeError) -> Metadata? {
        let piece: [UInt8]?
        do throws(HTTPTransportError) {
            piece = try await body.next()
        } catch {
            throw list.client.wrapped(error)
        }
        do throws(JSONSplitter.Failure) {
            guard let piece else {
                try splitter.finish()
                guard let end else { throw .malformed(what: "it is empty") }
                return end
            }
            for object in try splitter.feed(piece) {
                switch object {
                case .item(let bytes): items.append(.item(bytes))
                case .endOfList(let metadata):
                    end = (try? JSONDecoder().decode(Metadata.self, from: Data(metadata))) ?? Metadata()
                case .single(let bytes): try takeEmptyList(bytes)
                }
            }
        } catch {
            throw malformed(error)
        }
        if let status { throw .status(status) }
        return nil
    }

    /// Go writes a list without items as `"items": null`.
    private mutating func takeEmptyList(_ bytes: [UInt8]) throws(JSONSplitter.Failure) {
        struct Empty: Decodable {
            var kind: String?
            var metadata: Metadata?
        }
        let object = try? JSONDecoder().decode(Empty.self, from: Data(bytes))
        if object?.kind == "Status" {
            status = APIStatus(code: 200, body: bytes, isText: false, request: "list \(list.resource.qualifiedName)")
            return
        }
        guard let kind = object?.kind, kind.hasSuffix("List") else {
            let what = object?.kind.map { "of kind \($0)" } ?? "an object without kind"
            throw .malformed(what: "it is \(what), not a list")
        }
        end = object?.metadata ?? Metadata()
    }

    private func malformed(_ failure: JSONSplitter.Failure) -> KubeError {
        .malformed(what: failure.text(contentType: contentType), url: list.resource.qualifiedName)
    }
}

extension JSONSplitter.Failure {
    /// What a response is instead of JSON objects.
    func text(contentType: String) -> String {
        switch self {
        case .notAnObject: "it is \(contentType), not a JSON object"
        case .malformed(let what): what
        case .tooLarge(let limit): "an object is larger than \(limit >> 20) MiB"
        case .tooDeep(let limit): "an object is nested more than \(limit) levels deep"
        }
    }
}

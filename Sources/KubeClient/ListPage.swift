internal import FoundationEssentials
internal import HTTPTransport

/// Reads one response that contains a page of a list.
struct ListPage {
    /// The `metadata` of a list.
    struct Metadata: Decodable {
        var resourceVersion: String?
        /// The token of the next page; empty if this is the last.
        var `continue`: String?
        var remainingItemCount: Int?

        var token: String? { `continue`.flatMap { $0.isEmpty ? nil : $0 } }

        init() {}

        init(_ json: [UInt8]) {
            self = (try? JSONDecoder().decode(Metadata.self, from: Data(json))) ?? Metadata()
        }
    }

    private let list: ListedObjects
    private let contentType: String
    private var body: HTTPBody.Iterator
    private var splitter = JSONSplitter()
    /// The list's metadata once it has arrived, before or after the items.
    private(set) var metadata: Metadata?
    private var end: Metadata?
    /// A Status that came instead of a list, with a 2xx response.
    private var status: APIStatus?

    init(_ response: HTTPResponse, of list: ListedObjects) {
        self.list = list
        contentType = response.shownContentType
        body = response.body.makeAsyncIterator()
    }

    /// Reads the next chunk into `items`; returns the list's own metadata at the end of the page.
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
                    end = Metadata(metadata)
                case .single(let bytes): try takeEmptyList(bytes)
                }
            }
        } catch {
            throw malformed(error)
        }
        if metadata == nil { metadata = end ?? splitter.metadata.map(Metadata.init) }
        if let status { throw .status(status) }
        return nil
    }

    /// Accepts `"items": null`, which Go writes for a list without items.
    private mutating func takeEmptyList(_ bytes: [UInt8]) throws(JSONSplitter.Failure) {
        struct Empty: Decodable {
            struct Anything: Decodable {
                init(from decoder: any Decoder) {}
            }

            var kind: String?
            var metadata: Metadata?
            var items: Anything?
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
        if object?.items != nil { throw .malformed(what: "its items are not an array") }
        end = object?.metadata ?? Metadata()
    }

    private func malformed(_ failure: JSONSplitter.Failure) -> KubeError {
        .malformed(what: failure.text(contentType: contentType), url: list.resource.qualifiedName)
    }
}

extension JSONSplitter.Failure {
    /// Describes what the response is instead of JSON objects.
    func text(contentType: String) -> String {
        switch self {
        case .notAnObject: "it is \(contentType), not a JSON object"
        case .malformed(let what): what
        case .tooLarge(let limit): "an object is larger than \(limit >> 20) MiB"
        case .tooDeep(let limit): "an object is nested more than \(limit) levels deep"
        }
    }
}

/// A request for the next page, sent before it is needed; releasing it cancels the request.
final class FollowingPage: Sendable {
    let token: String
    private let task: Task<Result<HTTPResponse, KubeError>, Never>

    init(_ client: KubeClient, _ call: Call, token: String) {
        self.token = token
        task = Task {
            do throws(KubeError) {
                return .success(try await client.send(call))
            } catch {
                return .failure(error)
            }
        }
    }

    deinit {
        task.cancel()
    }

    func response() async throws(KubeError) -> HTTPResponse {
        try await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }.get()
    }
}

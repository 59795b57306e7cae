package import HTTPTransport
private import Synchronization

/// A transport without a network: a closure answers, and all requests are recorded.
package final class ScriptedTransport: HTTPTransport {
    package typealias Answer = @Sendable (HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse

    private let answer: Answer
    private let recorded = Mutex<[HTTPRequest]>([])

    package init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    /// Returns one response per request, in order; an additional request throws ``HTTPTransportError/other(_:)``.
    package convenience init(queue answers: [Result<HTTPResponse, HTTPTransportError>]) {
        let queue = Mutex(answers[...])
        self.init { request async throws(HTTPTransportError) in
            guard let answer = queue.withLock({ $0.popFirst() }) else {
                throw .other("no answer is scripted for \(request.method.rawValue) \(request.url)")
            }
            return try answer.get()
        }
    }

    /// The requests sent, in order.
    package var requests: [HTTPRequest] { recorded.withLock { $0 } }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        recorded.withLock { $0.append(request) }
        return try await answer(request)
    }
}

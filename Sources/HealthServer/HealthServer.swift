internal import Dispatch
internal import Platform
internal import Synchronization

/// A server for probes and scrapes: GET and HEAD, one request per connection, everything bounded.
///
/// Written for this program because the existing servers are larger than the rest of it: SwiftNIO's adds 4.8 MB to the
/// binary.
package final class HealthServer: Sendable {
    package struct Failure: Error, Equatable {
        /// The failed operation and its cause.
        package var reason: String
    }

    package typealias Handler = @Sendable (_ path: String) -> HealthResponse

    private let listener: Descriptor
    private let stop: Descriptor
    private let stopped: Descriptor
    private let patience: Duration
    private let handler: Handler

    /// Starts to listen; ``run()`` serves the requests.
    ///
    /// - Parameter patience: the time limit for receiving a request and sending its response.
    /// - Throws: ``Failure`` if the address cannot be listened on.
    package init(
        _ address: ListenAddress, patience: Duration = .seconds(5), _ handler: @escaping Handler
    ) throws(Failure) {
        self.patience = patience
        self.handler = handler
        listener = try address.listen()
        do throws(SystemError) {
            (stopped, stop) = try Sockets.pipe()
        } catch {
            throw .init(reason: "cannot make a pipe: \(error.text)")
        }
    }

    /// The port that the server listens on.
    package var port: UInt16 { Sockets.port(of: listener) }

    /// Serves requests until cancelled.
    package func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A thread of its own, because it blocks in poll.
                DispatchQueue(label: "health-server").async {
                    var loop = ServerLoop(self.listener, self.stopped, patience: self.patience, self.handler)
                    loop.run()
                    continuation.resume()
                }
            }
        } onCancel: {
            Sockets.write([0], to: stop)
        }
    }
}

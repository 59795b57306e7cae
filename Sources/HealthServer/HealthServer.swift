internal import Dispatch
internal import Platform
internal import Synchronization

/// A server for probes and scrapes: GET and HEAD, one request a connection, everything bounded.
///
/// Written for this, because the kept ones weigh more than all the rest: SwiftNIO's adds 4.8 MB to the binary.
package final class HealthServer: Sendable {
    package struct Failure: Error, Equatable {
        /// What could not be done, and why.
        package var reason: String
    }

    package typealias Handler = @Sendable (_ path: String) -> HealthResponse

    private let listener: Descriptor
    private let stop: Descriptor
    private let stopped: Descriptor
    private let patience: Duration
    private let handler: Handler

    /// Listens from now on; answers come with ``run()``.
    ///
    /// - Parameter patience: for a request to arrive and its answer to be taken; both together.
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

    /// The port it listens on.
    package var port: UInt16 { Sockets.port(of: listener) }

    /// Serves until it is cancelled.
    package func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A thread of its own: it waits in poll.
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

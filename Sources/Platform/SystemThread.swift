#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A plain thread for work that blocks. Its creator must join or detach it exactly once.
package struct SystemThread: @unchecked Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `run`.
    ///
    /// - Throws: ``SystemError`` if the system cannot create it.
    package init(_ run: @escaping @Sendable () -> Void) throws(SystemError) {
        let context = unsafe Unmanaged.passRetained(Start(run))
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = unsafe pthread_create(&thread, nil, { unsafe Start.run($0) }, context.toOpaque())
            let handle = unsafe thread
        #else
            var thread = pthread_t()
            let status = unsafe pthread_create(&thread, nil, { unsafe Start.run($0) }, context.toOpaque())
            let handle: pthread_t? = thread
        #endif
        guard status == 0, let handle else {
            unsafe context.release()
            throw SystemError(code: status)
        }
        self.handle = handle
    }

    package var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

    package func detach() {
        pthread_detach(handle)
    }

    /// Waits for the thread to end.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Yields the processor. May be called in a signal handler.
    package static func yield() {
        sched_yield()
    }

    /// Stops the whole process with SIGSTOP; returns after SIGCONT. May be called in a signal handler.
    package static func stopProcess() {
        pthread_kill(pthread_self(), SIGSTOP)
    }
}

private final class Start: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context = unsafe context { unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body() }
        return nil
    }
}

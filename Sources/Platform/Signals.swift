#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A signal. Everything except ``isIgnored`` and ``ignore()`` may be called in a signal handler.
package struct Signal: Sendable {
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    package static let brokenPipe = Signal(SIGPIPE)
    /// SIGHUP: the terminal was closed.
    package static let hangUp = Signal(SIGHUP)
    /// SIGQUIT: ^\
    package static let quit = Signal(SIGQUIT)
    /// SIGTSTP: ^Z
    package static let terminalStop = Signal(SIGTSTP)

    package func ignore() {
        signal(number, SIG_IGN)
    }

    package func restoreDefault() {
        signal(number, SIG_DFL)
    }

    /// Performs the default action, once the calling handler has returned.
    package func actByDefault() {
        restoreDefault()
        raise(number)
    }

    /// - Parameter blocked: the signals that wait until the handler has returned.
    package func handle(
        blocking blocked: SignalSet, _ handler: @escaping @convention(c) (Int32) -> Void
    ) {
        var action = sigaction()
        #if canImport(Glibc)
            action.__sigaction_handler = .init(sa_handler: handler)
        #elseif canImport(Musl)
            action.__sa_handler = .init(sa_handler: handler)
        #else
            action.__sigaction_u = .init(__sa_handler: handler)
        #endif
        action.sa_mask = blocked.value
        unsafe sigaction(number, &action, nil)
    }

    /// Whether the signal is ignored, as under `nohup`.
    package var isIgnored: Bool {
        var action = sigaction()
        unsafe sigaction(number, nil, &action)
        #if canImport(Glibc)
            let handler = unsafe action.__sigaction_handler.sa_handler
        #elseif canImport(Musl)
            let handler = unsafe action.__sa_handler.sa_handler
        #else
            let handler = unsafe action.__sigaction_u.__sa_handler
        #endif
        return unsafe unsafeBitCast(handler, to: Int.self) == 1
    }
}

/// A set of signals to block together.
package struct SignalSet: Sendable {
    fileprivate var value = sigset_t()

    package init(_ signals: [Signal]) {
        unsafe sigemptyset(&value)
        for signal in signals { unsafe sigaddset(&value, signal.number) }
    }

    /// Blocks the signals in this thread while `work` runs.
    package func blocked(_ work: () -> Void) {
        var (own, before) = (value, sigset_t())
        unsafe pthread_sigmask(SIG_BLOCK, &own, &before)
        work()
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// Delivers pending signals of the set, then blocks them again.
    package func letThrough() {
        var own = value
        unsafe pthread_sigmask(SIG_UNBLOCK, &own, nil)
        unsafe pthread_sigmask(SIG_BLOCK, &own, nil)
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A signal of the system. All but ``isIgnored`` and ``ignore()`` may be called in a signal handler.
package struct Signal: Sendable {
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    package static let brokenPipe = Signal(SIGPIPE)
    /// The terminal is closed.
    package static let hangUp = Signal(SIGHUP)
    /// ^\
    package static let quit = Signal(SIGQUIT)
    /// ^Z
    package static let terminalStop = Signal(SIGTSTP)

    package func ignore() {
        signal(number, SIG_IGN)
    }

    package func restoreDefault() {
        signal(number, SIG_DFL)
    }

    /// Does what it does by default, once the handler that calls this has returned.
    package func actByDefault() {
        restoreDefault()
        raise(number)
    }

    /// - Parameter blocked: what waits until the handler has returned.
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

    /// As `nohup` has it.
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

/// Signals that are held back together.
package struct SignalSet: Sendable {
    fileprivate var value = sigset_t()

    package init(_ signals: [Signal]) {
        unsafe sigemptyset(&value)
        for signal in signals { unsafe sigaddset(&value, signal.number) }
    }

    /// Keeps them from this thread while `work` runs.
    package func blocked(_ work: () -> Void) {
        var (own, before) = (value, sigset_t())
        unsafe pthread_sigmask(SIG_BLOCK, &own, &before)
        work()
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// Lets those through that have come meanwhile, and holds back those to come.
    package func letThrough() {
        var own = value
        unsafe pthread_sigmask(SIG_UNBLOCK, &own, nil)
        unsafe pthread_sigmask(SIG_BLOCK, &own, nil)
    }
}

internal import Platform
internal import Synchronization

/// The terminal as one page, redrawn in place. Its previous state is restored at the end, on ^Z, when a signal ends the
/// process, and while a credential plugin may need it.
enum Screen {
    private static var enter: StaticString { "\u{1B}[?1049h\u{1B}[?25l" }
    private static var leave: StaticString { "\u{1B}[?25h\u{1B}[?1049l" }

    /// Changed only while ``isTaken`` is held. Atomics instead of a Mutex, because signal handlers use them, too.
    private static let isOpen = Atomic(false)
    /// Number of callers that have borrowed the terminal. Changed only while ``isTaken`` is held.
    private static let borrowers = Atomic(0)
    /// Signals that end the process: ^\, and a closed terminal.
    private static let deadly = [Signal.quit, Signal.hangUp]
    /// The same as a set, created before a handler needs it.
    private static let deadlySet = SignalSet(deadly)
    /// A lock, held while the terminal is written to or given back.
    private static let isTaken = Atomic(false)
    /// ``isOpen`` and not borrowed, readable without ``isTaken``.
    private static let isOnTop = Atomic(false)
    /// Maximum tries for the lock by a signal that ends the process, in case a write to the terminal hangs.
    private static let mostTries = 100_000

    /// Switches to the page; typed characters are no longer echoed.
    static func open() {
        exclusively {
            guard !isOpen.load(ordering: .relaxed) else { return }
            Terminal.remember()
            _ = deadlySet
            if !isLent { take() }
            isOpen.store(true, ordering: .relaxed)
            for signal in deadly where !signal.isIgnored {
                signal.handle(blocking: handled) { number in
                    if Screen.acquire(tries: Screen.mostTries), !Screen.isLent { Screen.giveBack() }
                    Signal(number).actByDefault()
                }
            }
            Signal.terminalStop.handle(blocking: handled) { _ in
                // Calls only functions allowed in a signal handler. Does not stop by SIGTSTP, which is being handled.
                // Stops this thread first, because it may run on for a moment when another one stops first. Threads
                // that draw block the signal, so the handler never waits for a thread that it interrupted.
                Screen.acquire()
                let isLent = Screen.isLent
                if !isLent { Screen.giveBack() }
                SystemThread.stopProcess()
                // Delivers pending deadly signals first: in the background, the terminal cannot be taken.
                Screen.deadlySet.letThrough()
                if !isLent { Screen.take() }
                Screen.release()
            }
        }
    }

    static func close() {
        exclusively {
            guard isOpen.load(ordering: .relaxed) else { return }
            isOpen.store(false, ordering: .relaxed)
            Signal.terminalStop.restoreDefault()
            for signal in deadly where !signal.isIgnored { signal.restoreDefault() }
            if !isLent { giveBack() }
        }
    }

    /// Whether output to the terminal would be written onto the page.
    static var isShown: Bool { isOnTop.load(ordering: .acquiring) }

    /// Lends the terminal to `work`, in its state before the page.
    static func lent<Result, Failure>(
        _ work: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        exclusively {
            if isOurs { giveBack() }
            borrowers.add(1, ordering: .relaxed)
        }
        defer {
            exclusively {
                borrowers.subtract(1, ordering: .relaxed)
                if isOurs { take() }
            }
        }
        return try await work()
    }

    /// Runs `work`, which draws or reads keys, unless the terminal is borrowed or its lock is held.
    static func use(_ work: () -> Void) {
        exclusively(tries: 1) {
            if isOurs { work() }
        }
    }

    /// One write per frame, to avoid flicker.
    static func text(of lines: [String]) -> String {
        "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
    }

    private static var isLent: Bool { borrowers.load(ordering: .relaxed) > 0 }

    /// Open and not borrowed.
    private static var isOurs: Bool { isOpen.load(ordering: .relaxed) && !isLent }

    private static func exclusively(tries: Int = .max, _ work: () -> Void) {
        handled.blocked {
            if acquire(tries: tries) {
                work()
                release()
            }
        }
    }

    /// Signals whose handlers take ``isTaken``. All are blocked meanwhile, so that no handler interrupts another one
    /// and then waits for it.
    private static let handled = SignalSet(deadly + [.terminalStop])

    /// False if the lock was still held after all tries.
    @discardableResult
    private static func acquire(tries: Int = .max) -> Bool {
        var left = tries
        while isTaken.exchange(true, ordering: .acquiring) {
            left -= 1
            if left == 0 { return false }
            SystemThread.yield()
        }
        return true
    }

    private static func release() {
        isOnTop.store(isOurs, ordering: .releasing)
        isTaken.store(false, ordering: .releasing)
    }

    private static func take() {
        Terminal.takeKeys()
        Terminal.put(enter)
    }

    private static func giveBack() {
        Terminal.put(leave)
        // Discards keys typed at the page, which are not meant for the shell.
        Terminal.restore()
    }
}

internal import Platform
internal import Synchronization

/// The terminal as one page that is redrawn in place, and given back as it was: also on ^Z, when a signal ends the process,
/// and while a credential plugin may need it.
enum Screen {
    private static var enter: StaticString { "\u{1B}[?1049h\u{1B}[?25l" }
    private static var leave: StaticString { "\u{1B}[?25h\u{1B}[?1049l" }

    /// Only changed by whoever has ``isTaken``. No Mutex, here and below: a signal handler reads and takes them too.
    private static let isOpen = Atomic(false)
    /// So many others have been lent the terminal. Only changed by whoever has ``isTaken``.
    private static let borrowers = Atomic(0)
    /// What ends the process without asking it: ^\, and a terminal that is closed.
    private static let deadly = [Signal.quit, Signal.hangUp]
    /// The same, made before a handler needs it.
    private static let deadlySet = SignalSet(deadly)
    /// Somebody writes to the terminal, or has given it back for a while.
    private static let isTaken = Atomic(false)
    /// The same as ``isOpen`` without borrowers, for whoever only asks.
    private static let isOnTop = Atomic(false)
    /// A signal that ends the process waits only so long for a write that the terminal does not take.
    private static let mostTries = 100_000

    /// Takes the page; the keyboard's letters are no longer shown on it.
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
                // Only what a signal handler may call. Not by SIGTSTP, because that is what is being handled, and beginning with
                // this thread, because it may go on for a moment when another is the first to stop. Whoever draws
                // keeps the signal from its own thread, so that this never waits for what it has interrupted.
                Screen.acquire()
                let isLent = Screen.isLent
                if !isLent { Screen.giveBack() }
                SystemThread.stopProcess()
                // What was to end it meanwhile ends it now: in the background, the terminal cannot be taken.
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

    /// Whether what is written to the terminal would be written onto the page.
    static var isShown: Bool { isOnTop.load(ordering: .acquiring) }

    /// Leaves the terminal to `work`, as it was before the page.
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

    /// Lets `work` draw on the page or read its keys, unless it is not ours at the moment, or somebody is drawing.
    static func use(_ work: () -> Void) {
        exclusively(tries: 1) {
            if isOurs { work() }
        }
    }

    /// One write a frame, so that nothing flickers.
    static func text(of lines: [String]) -> String {
        "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
    }

    private static var isLent: Bool { borrowers.load(ordering: .relaxed) > 0 }

    /// Open, and lent to nobody.
    private static var isOurs: Bool { isOpen.load(ordering: .relaxed) && !isLent }

    private static func exclusively(tries: Int = .max, _ work: () -> Void) {
        handled.blocked {
            if acquire(tries: tries) {
                work()
                release()
            }
        }
    }

    /// All signals whose handlers take ``isTaken``: none of these handlers interrupts another one, which might wait for the other's
    /// end.
    private static let handled = SignalSet(deadly + [.terminalStop])

    /// False when somebody else still had it after so many tries.
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
        // What was typed at the page is not meant for the shell.
        Terminal.restore()
    }
}

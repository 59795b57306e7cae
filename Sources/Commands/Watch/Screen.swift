internal import Glibc
internal import Synchronization

/// The terminal as one page that is redrawn in place, and given back as it was: also on ^Z, when a signal ends the process,
/// and while a credential plugin may need it.
enum Screen {
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// What the terminal was like; a signal handler reads it, so it is written once, before the handler is there. On the
    /// heap: for a static `termios` Swift 6.3.1 sets 57 bytes aside, of the 60 that tcgetattr writes.
    private nonisolated(unsafe) static let original = {
        let place = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        unsafe place.initialize(to: termios())
        return unsafe place
    }()
    /// Only changed by whoever has ``isTaken``.
    private nonisolated(unsafe) static var isOpen = false
    /// So many others have been lent the terminal. Only changed by whoever has ``isTaken``.
    private nonisolated(unsafe) static var borrowers = 0
    /// What ends the process without asking it: ^\, and a terminal that is closed.
    private static let deadly = [SIGQUIT, SIGHUP]
    /// The same, made before a handler needs it.
    private nonisolated(unsafe) static var deadlySet = set(of: deadly)
    /// Somebody writes to the terminal, or has given it back for a while. No Mutex: a signal handler takes it too.
    private static let isTaken = Atomic(false)
    /// The same as ``isOpen`` without borrowers, for whoever only asks.
    private static let isOnTop = Atomic(false)
    /// A signal that ends the process waits only so long for a write that the terminal does not take.
    private static let mostTries = 100_000

    /// Takes the page; the keyboard's letters are no longer shown on it.
    static func open() {
        exclusively {
            guard unsafe !isOpen else { return }
            _ = unsafe (tcgetattr(STDIN_FILENO, original), deadlySet)
            if unsafe borrowers == 0 { take() }
            unsafe isOpen = true
            for number in deadly where !isIgnored(number) {
                handle(number) { number in
                    if Screen.acquire(tries: Screen.mostTries), unsafe Screen.borrowers == 0 { Screen.giveBack() }
                    signal(number, SIG_DFL)
                    raise(number)
                    // It arrives when this handler has returned.
                }
            }
            handle(SIGTSTP) { _ in
                // Only what a signal handler may call. SIGSTOP, because SIGTSTP is what is being handled, and to this thread,
                // because it may go on for a moment when another is the first to stop. Whoever draws
                // keeps the signal from its own thread, so that this never waits for what it has interrupted.
                Screen.acquire()
                let isLent = unsafe Screen.borrowers > 0
                if !isLent { Screen.giveBack() }
                pthread_kill(pthread_self(), SIGSTOP)
                // What was to end it meanwhile ends it now: in the background, the terminal cannot be taken.
                unsafe pthread_sigmask(SIG_UNBLOCK, &Screen.deadlySet, nil)
                unsafe pthread_sigmask(SIG_BLOCK, &Screen.deadlySet, nil)
                if !isLent { Screen.take() }
                Screen.release()
            }
        }
    }

    static func close() {
        exclusively {
            guard unsafe isOpen else { return }
            unsafe isOpen = false
            signal(SIGTSTP, SIG_DFL)
            for number in deadly where !isIgnored(number) { signal(number, SIG_DFL) }
            if unsafe borrowers == 0 { giveBack() }
        }
    }

    /// Whether what is written to the terminal would be written onto the page.
    static var isShown: Bool { isOnTop.load(ordering: .acquiring) }

    /// Leaves the terminal to `work`, as it was before the page.
    static func lent<Result, Failure>(
        _ work: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        exclusively {
            if unsafe isOpen && borrowers == 0 { giveBack() }
            unsafe borrowers += 1
        }
        defer {
            exclusively {
                unsafe borrowers -= 1
                if unsafe isOpen && borrowers == 0 { take() }
            }
        }
        return try await work()
    }

    /// Lets `work` draw on the page or read its keys, unless it is not ours at the moment, or somebody is drawing.
    static func use(_ work: () -> Void) {
        exclusively(tries: 1) {
            if unsafe isOpen && borrowers == 0 { work() }
        }
    }

    /// One write a frame, so that nothing flickers.
    static func text(of lines: [String]) -> String {
        "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
    }

    private static func exclusively(tries: Int = .max, _ work: () -> Void) {
        var stop = handled
        var before = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, &stop, &before)
        if acquire(tries: tries) {
            work()
            release()
        }
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// All signals whose handlers take ``isTaken``.
    private static let handled = set(of: deadly + [SIGTSTP])

    private static func set(of numbers: [Int32]) -> sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in numbers { unsafe sigaddset(&signals, number) }
        return signals
    }

    /// None of these handlers interrupts another one, which might wait for the other's end.
    private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler = .init(sa_handler: handler)
        action.sa_mask = handled
        unsafe sigaction(number, &action, nil)
    }

    /// As `nohup` has it.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        unsafe sigaction(number, nil, &action)
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    /// False when somebody else still had it after so many tries.
    @discardableResult
    private static func acquire(tries: Int = .max) -> Bool {
        var left = tries
        while isTaken.exchange(true, ordering: .acquiring) {
            left -= 1
            if left == 0 { return false }
            sched_yield()
        }
        return true
    }

    private static func release() {
        isOnTop.store(unsafe isOpen && borrowers == 0, ordering: .releasing)
        isTaken.store(false, ordering: .releasing)
    }

    private static func take() {
        var quiet = unsafe original.pointee
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
        put(enter)
    }

    private static func giveBack() {
        put(leave)
        // What was typed at the page is not meant for the shell.
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, original)
    }

    private static func put(_ text: String) {
        var copy = text
        copy.withUTF8 { bytes in
            _ = unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}

internal import Glibc
internal import Synchronization

/// The terminal as one page that is redrawn in place, and given back as it was: also on ^Z and when the process is ended.
enum Screen {
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// What the terminal was like; a signal handler reads it, so it is written once, before the handler is there.
    private nonisolated(unsafe) static var original = termios()
    /// Only changed by whoever has ``isTaken``.
    private nonisolated(unsafe) static var isOpen = false
    /// Somebody writes to the terminal, or has given it back for a while. No Mutex: a signal handler takes it too.
    private static let isTaken = Atomic(false)

    /// Takes the page; the keyboard's letters are no longer shown on it.
    static func open() {
        exclusively {
            guard unsafe !isOpen else { return }
            _ = unsafe tcgetattr(STDIN_FILENO, &original)
            take()
            unsafe isOpen = true
            signal(SIGTSTP) { _ in
                // Only what a signal handler may call. SIGSTOP, because SIGTSTP is what is being handled, and to this thread,
                // because it may go on for a moment when another is the first to stop. Whoever draws
                // keeps the signal from its own thread, so that this never waits for what it has interrupted.
                Screen.acquire()
                Screen.giveBack()
                pthread_kill(pthread_self(), SIGSTOP)
                Screen.take()
                Screen.release()
            }
        }
    }

    static func close() {
        exclusively {
            guard unsafe isOpen else { return }
            unsafe isOpen = false
            signal(SIGTSTP, SIG_DFL)
            giveBack()
        }
    }

    /// Lets `write` put a frame on the page, unless it is no longer ours.
    static func draw(_ write: () -> Void) {
        exclusively {
            if unsafe isOpen { write() }
        }
    }

    /// One write a frame, so that nothing flickers.
    static func text(of lines: [String]) -> String {
        "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
    }

    private static func exclusively(_ work: () -> Void) {
        var stop = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTSTP)
        unsafe pthread_sigmask(SIG_BLOCK, &stop, &before)
        acquire()
        work()
        release()
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    private static func acquire() {
        while isTaken.exchange(true, ordering: .acquiring) { sched_yield() }
    }

    private static func release() {
        isTaken.store(false, ordering: .releasing)
    }

    private static func take() {
        var quiet = unsafe original
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
        put(enter)
    }

    private static func giveBack() {
        put(leave)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &original)
    }

    private static func put(_ text: String) {
        var copy = text
        copy.withUTF8 { bytes in
            _ = unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}

internal import Glibc
internal import Synchronization

/// The terminal as one page that is redrawn in place, and given back as it was: also on ^Z and when the process is ended.
enum Screen {
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// What the terminal was like; a signal handler reads it, so it is written once, before the handler is there.
    private nonisolated(unsafe) static var original = termios()
    private static let state = State()

    private final class State: Sendable {
        private let isOpen = Mutex(false)

        /// False when it was so already.
        func change(to wanted: Bool) -> Bool {
            isOpen.withLock { isOpen in
                defer { isOpen = wanted }
                return isOpen != wanted
            }
        }
    }

    /// Takes the page; the keyboard's letters are no longer shown on it.
    static func open() {
        guard state.change(to: true) else { return }
        _ = unsafe tcgetattr(STDIN_FILENO, &original)
        take()
        signal(SIGTSTP) { _ in
            // Only what a signal handler may call. SIGSTOP, because SIGTSTP is what is being handled.
            Screen.giveBack()
            kill(getpid(), SIGSTOP)
            Screen.take()
        }
    }

    static func close() {
        guard state.change(to: false) else { return }
        signal(SIGTSTP, SIG_DFL)
        giveBack()
    }

    /// One write a frame, so that nothing flickers.
    static func text(of lines: [String]) -> String {
        "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
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

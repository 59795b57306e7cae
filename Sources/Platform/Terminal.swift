#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The controlling terminal. Its settings may be changed in a signal handler.
package enum Terminal {
    /// The original settings. On the heap: for a static `termios`, Swift 6.3.1 reserves 57 of the 60 bytes tcgetattr
    /// writes.
    private nonisolated(unsafe) static let original = {
        let place = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        unsafe place.initialize(to: termios())
        return unsafe place
    }()

    /// Saves the current settings for ``restore()``; must be called before the other functions.
    package static func remember() {
        _ = unsafe tcgetattr(STDIN_FILENO, original)
    }

    /// Delivers each key at once, without echo.
    package static func takeKeys() {
        var quiet = unsafe original.pointee
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
    }

    /// Restores the saved settings and discards pending input.
    package static func restore() {
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, original)
    }

    /// Writes to stdout with a single call.
    package static func put(_ text: StaticString) {
        _ = unsafe write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// The size of the first stream that is a terminal and reports one.
    package static func size(of streams: [Descriptor]) -> (columns: Int, rows: Int)? {
        for stream in streams {
            var size = winsize()
            guard unsafe ioctl(stream.number, UInt(TIOCGWINSZ), &size) == 0 else { continue }
            if size.ws_col > 0, size.ws_row > 0 { return (Int(size.ws_col), Int(size.ws_row)) }
        }
        return nil
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The terminal that the process was started at. What it is set to may be called for in a signal handler.
package enum Terminal {
    /// What it was like. On the heap: for a static `termios` Swift 6.3.1 sets 57 bytes aside, of the 60 that tcgetattr writes.
    private nonisolated(unsafe) static let original = {
        let place = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        unsafe place.initialize(to: termios())
        return unsafe place
    }()

    /// Keeps what it is like now for ``restore()``; comes before the others.
    package static func remember() {
        _ = unsafe tcgetattr(STDIN_FILENO, original)
    }

    /// Gives each key at once, and shows none.
    package static func takeKeys() {
        var quiet = unsafe original.pointee
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
    }

    /// As it was, without what was typed meanwhile.
    package static func restore() {
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, original)
    }

    /// Writes to stdout with one call.
    package static func put(_ text: StaticString) {
        _ = unsafe write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// Columns and rows of the first of the streams that is a terminal and tells.
    package static func size(of streams: [Descriptor]) -> (columns: Int, rows: Int)? {
        for stream in streams {
            var size = winsize()
            guard unsafe ioctl(stream.number, UInt(TIOCGWINSZ), &size) == 0 else { continue }
            if size.ws_col > 0, size.ws_row > 0 { return (Int(size.ws_col), Int(size.ws_row)) }
        }
        return nil
    }
}

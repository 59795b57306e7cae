internal import Glibc
internal import Synchronization

/// Standard streams: data on stdout, everything said to a person on stderr.
struct Console: Sendable {
    /// Writes to stdout; after a broken pipe what is written goes nowhere, and nothing is said about it.
    var out: @Sendable (String) -> Void
    var err: @Sendable (String) -> Void
    /// A line from stdin without its newline; nil at the end, or when the task is cancelled.
    var readLine: @Sendable () async -> String?
    /// All of stdin, piece by piece; nil at the end.
    var readInput: @Sendable () throws(InputError) -> [UInt8]?
    /// What was typed on stdin and not read yet, without waiting.
    var pressedKeys: @Sendable () -> [UInt8] = { [] }
    var isInputTerminal: Bool
    var isOutputTerminal: Bool
    var isErrorTerminal: Bool
    /// Of the terminal on stdout or stderr; 80x24 where there is none.
    var size: @Sendable () -> TerminalSize
    /// Nobody reads stdout any more, or it takes nothing.
    var isOutputBroken: @Sendable () -> Bool = { false }
    /// Why stdout has not taken all that was written, in the system's words; nil where it has, or where nobody reads any more.
    var outputFailure: @Sendable () -> String? = { nil }

    struct TerminalSize: Sendable, Equatable {
        var columns: Int
        var rows: Int
    }

    struct InputError: Error {
        var reason: String
    }

    /// Whether colour is wanted on stdout by `--color`, terminal and environment.
    func usesColor(_ choice: ColorChoice, variables: [String: String]) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto: isOutputTerminal && (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
        }
    }
}

extension Console {
    static let terminal = Console(
        out: { Stream.output.write($0) }, err: { Stream.error.write($0) },
        readLine: { await lineFromInput() },
        readInput: { () throws(InputError) in try readPiece(of: 0) }, pressedKeys: pendingInput,
        isInputTerminal: isatty(0) == 1, isOutputTerminal: isatty(1) == 1, isErrorTerminal: isatty(2) == 1,
        size: terminalSize, isOutputBroken: { Stream.output.isClosed },
        outputFailure: { Stream.output.failure })

    private static func terminalSize() -> TerminalSize {
        var size = winsize()
        for descriptor: Int32 in [1, 2] {
            guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { continue }
            if size.ws_col > 0, size.ws_row > 0 {
                return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
            }
        }
        return TerminalSize(columns: 80, rows: 24)
    }

    /// Waits without holding up an interrupt.
    private static func lineFromInput() async -> String? {
        var line: [UInt8] = []
        while !Task.isCancelled {
            var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, 50) > 0 else { continue }
            var byte: UInt8 = 0
            // The end of input is no answer, whatever was typed before it.
            guard unsafe read(0, &byte, 1) == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    private static func pendingInput() -> [UInt8] {
        var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&descriptor, 1, 0) > 0 else { return [] }
        return (try? readPiece(of: 0)) ?? []
    }

    /// Up to 256 KiB from a file descriptor; nil at its end.
    static func readPiece(of descriptor: Int32) throws(InputError) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        var count = 0
        repeat { count = unsafe read(descriptor, &piece, piece.count) } while count < 0 && errno == EINTR
        if count < 0 { throw InputError(reason: unsafe String(cString: strerror(errno)).lowercased()) }
        return count == 0 ? nil : Array(piece.prefix(count))
    }
}

/// What was closed by whoever started us leads nowhere: otherwise the next file or connection that is opened takes its number,
/// and is written to.
func openStandardStreams() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
        _ = unsafe open("/dev/null", O_RDWR)  // the lowest number that is free
    }
}

/// One descriptor, written whole lines at a time.
private final class Stream: Sendable {
    static let output = Stream(1)
    static let error = Stream(2)

    private let descriptor: Int32
    /// What a write has failed with.
    private let broken = Mutex<Int32?>(nil)

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether a write has failed, or would: a pipe whose reader is gone says so without one.
    var isClosed: Bool {
        var watched = pollfd(fd: descriptor, events: 0, revents: 0)
        return broken.withLock { $0 != nil }
            || (unsafe poll(&watched, 1, 0) > 0 && watched.revents & Int16(POLLERR) != 0)
    }

    var failure: String? {
        broken.withLock { $0 }.flatMap { $0 == EPIPE ? nil : unsafe String(cString: strerror($0)).lowercased() }
    }

    func write(_ text: String) {
        broken.withLock { broken in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty, broken == nil {
                let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if written >= 0 {
                    rest = rest.dropFirst(written)
                } else if errno == EAGAIN {
                    // Whoever started us may share a descriptor that does not wait.
                    var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = unsafe poll(&writable, 1, -1)
                } else if errno != EINTR {
                    broken = errno
                }
            }
        }
    }
}

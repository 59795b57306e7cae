internal import Platform
internal import Synchronization

/// The standard streams: data on stdout, messages on stderr.
struct Console: Sendable {
    /// Writes to stdout; after a broken pipe, output is discarded silently.
    var out: @Sendable (String) -> Void
    var err: @Sendable (String) -> Void
    /// Reads a line from stdin without its newline; nil at the end, or when the task is cancelled.
    var readLine: @Sendable () async -> String?
    /// Reads the next chunk of stdin; nil at the end.
    var readInput: @Sendable () throws(InputError) -> [UInt8]?
    /// Returns unread input of stdin without waiting.
    var pressedKeys: @Sendable () -> [UInt8] = { [] }
    var isInputTerminal: Bool
    var isOutputTerminal: Bool
    var isErrorTerminal: Bool
    /// The size of the terminal on stdout or stderr; 80x24 without one.
    var size: @Sendable () -> TerminalSize
    /// Whether stdout has no reader, or a write failed.
    var isOutputBroken: @Sendable () -> Bool = { false }
    /// The system's error text if stdout did not accept all output; nil on success and for a broken pipe.
    var outputFailure: @Sendable () -> String? = { nil }

    struct TerminalSize: Sendable, Equatable {
        var columns: Int
        var rows: Int
    }

    struct InputError: Error {
        var reason: String
    }

    /// Whether to color stdout, by `--color`, terminal and environment.
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
        readInput: { () throws(InputError) in try readPiece(of: .input) }, pressedKeys: pendingInput,
        isInputTerminal: Descriptor.input.isTerminal, isOutputTerminal: Descriptor.output.isTerminal,
        isErrorTerminal: Descriptor.error.isTerminal,
        size: {
            let (columns, rows) = Terminal.size(of: [.output, .error]) ?? (80, 24)
            return TerminalSize(columns: columns, rows: rows)
        },
        isOutputBroken: { Stream.output.isClosed }, outputFailure: { Stream.output.failure })

    /// Polls, so that an interrupt is not delayed.
    private static func lineFromInput() async -> String? {
        var line: [UInt8] = []
        while !Task.isCancelled {
            if Descriptor.input.wait(for: .reading, milliseconds: 50).isEmpty { continue }
            // An unfinished line at the end of the input is no answer.
            guard let byte = try? Descriptor.input.read(upTo: 1).first else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    private static func pendingInput() -> [UInt8] {
        if Descriptor.input.wait(for: .reading, milliseconds: 0).isEmpty { return [] }
        return (try? readPiece(of: .input)) ?? []
    }

    /// Reads up to 256 KiB; nil at the end.
    static func readPiece(of descriptor: Descriptor) throws(InputError) -> [UInt8]? {
        do throws(SystemError) {
            let piece = try descriptor.read(upTo: 256 << 10)
            return piece.isEmpty ? nil : piece
        } catch {
            throw InputError(reason: error.text.lowercased())
        }
    }
}

/// A descriptor to which whole texts are written.
private final class Stream: Sendable {
    static let output = Stream(.output)
    static let error = Stream(.error)

    private let descriptor: Descriptor
    /// The error of the first failed write.
    private let broken = Mutex<SystemError?>(nil)

    private init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    /// Whether a write has failed or would fail; a pipe without a reader is detected without writing.
    var isClosed: Bool {
        broken.withLock { $0 != nil } || descriptor.wait(for: [], milliseconds: 0).contains(.broken)
    }

    var failure: String? {
        broken.withLock { $0 }.flatMap { $0 == .brokenPipe ? nil : $0.text.lowercased() }
    }

    func write(_ text: String) {
        broken.withLock { broken in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty, broken == nil {
                do throws(SystemError) {
                    rest = rest.dropFirst(try descriptor.write(rest))
                } catch .wouldBlock {
                    // The descriptor may be shared with another process that made it non-blocking.
                    _ = descriptor.wait(for: .writing, milliseconds: nil)
                } catch {
                    broken = error
                }
            }
        }
    }
}

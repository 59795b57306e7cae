internal import CYAML

/// One event of libyaml's parser.
struct YAMLEvent {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart
        case mappingStart
        case collectionEnd
    }

    var kind: Kind
    var anchor: String?
    var position: YAMLNode.Position
}

/// libyaml's parser over bytes in memory: UTF-8, or UTF-16 with a byte order mark.
@safe
struct EventParser: ~Copyable {
    /// On the heap, because `yaml_parser_t` contains pointers to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// Kept alive for the parser, which does not retain it.
    private let input: Input

    init(_ bytes: [UInt8]) {
        input = Input(bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else { preconditionFailure("libyaml is out of memory") }
        unsafe yaml_parser_set_input(
            parser, { context, buffer, capacity, count in unsafe Input.read(context, buffer, capacity, count) },
            Unmanaged.passUnretained(input).toOpaque())
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// Returns the next event; must not be called again after an error or `streamEnd`.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        let position = YAMLNode.Position(unsafe event.start_mark)
        var anchor: String?
        let kind: YAMLEvent.Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT:
            if let version = unsafe event.data.document_start.version_directive,
                unsafe version.pointee.major != 1 || version.pointee.minor != 1
            {
                throw YAMLError(.unsupportedVersion, at: position)
            }
            kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            unsafe anchor = Self.text(scalar.anchor)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(
                YAMLScalar(
                    text: unsafe String(decoding: bytes, as: UTF8.self), tag: unsafe Self.text(scalar.tag),
                    isImplicit: unsafe scalar.plain_implicit == 1))
        case YAML_SEQUENCE_START_EVENT:
            unsafe anchor = Self.text(event.data.sequence_start.anchor)
            kind = .sequenceStart
        case YAML_MAPPING_START_EVENT:
            unsafe anchor = Self.text(event.data.mapping_start.anchor)
            kind = .mappingStart
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .collectionEnd
        default: kind = .streamEnd
        }
        return YAMLEvent(kind: kind, anchor: anchor, position: position)
    }

    private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let bytes = unsafe bytes else { return nil }
        return unsafe String(cString: bytes)
    }

    private func failure() -> YAMLError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "unreadable document"
        // A reader error has no mark yet, only a byte offset.
        let position =
            unsafe parser.pointee.error == YAML_READER_ERROR
            ? input.position(ofByte: Int(unsafe parser.pointee.problem_offset))
            : YAMLNode.Position(unsafe parser.pointee.problem_mark)
        return YAMLError(.syntax(problem), at: position)
    }
}

extension EventParser {
    /// The remaining input, passed to libyaml in chunks to avoid a second copy.
    private final class Input {
        let bytes: [UInt8]
        var offset = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        /// A `yaml_read_handler_t`: returns 1 for success; a count of 0 means the end.
        static func read(
            _ context: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UInt8>?, _ capacity: Int,
            _ count: UnsafeMutablePointer<Int>?
        ) -> Int32 {
            guard let context = unsafe context, let buffer = unsafe buffer, let count = unsafe count else { return 0 }
            let input = unsafe Unmanaged<Input>.fromOpaque(context).takeUnretainedValue()
            let piece = input.bytes[input.offset...].prefix(capacity)
            _ = unsafe UnsafeMutableBufferPointer(start: buffer, count: capacity).update(fromContentsOf: piece)
            input.offset += piece.count
            unsafe count.pointee = piece.count
            return 1
        }

        func position(ofByte offset: Int) -> YAMLNode.Position {
            let before = bytes.prefix(offset)
            let line = before.count { $0 == UInt8(ascii: "\n") }
            let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            // UTF-8 continuation bytes begin with the bits 10.
            let column = before[start...].count { $0 & 0xC0 != 0x80 }
            return YAMLNode.Position(line: line + 1, column: column + 1)
        }
    }
}

extension YAMLNode.Position {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}

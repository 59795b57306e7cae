internal import CYAML

extension YAMLNode {
    /// Formats the node as one YAML document in kubectl's layout: block style, two spaces, lists not indented below
    /// their key, a trailing newline.
    ///
    /// Quotes strings that would be read as another type, writes multi-line strings as literal blocks, and folds no
    /// lines.
    package func yaml() -> String {
        let emitter = EventEmitter()
        emitter.emit(self)
        return emitter.finish()
    }
}

/// libyaml's emitter into memory.
@safe
private struct EventEmitter: ~Copyable {
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    /// Kept alive for the emitter, which does not retain it.
    private let output = Output()

    init() {
        unsafe emitter = .allocate(capacity: 1)
        unsafe emitter.initialize(to: yaml_emitter_t())
        guard unsafe yaml_emitter_initialize(emitter) == 1 else { preconditionFailure("libyaml is out of memory") }
        unsafe yaml_emitter_set_output(
            emitter, { context, bytes, count in unsafe Output.write(context, bytes, count) },
            Unmanaged.passUnretained(output).toOpaque())
        unsafe yaml_emitter_set_unicode(emitter, 1)
        unsafe yaml_emitter_set_width(emitter, -1)
        unsafe send { event in unsafe yaml_stream_start_event_initialize(event, YAML_UTF8_ENCODING) }
        unsafe send { event in unsafe yaml_document_start_event_initialize(event, nil, nil, nil, 1) }
    }

    deinit {
        unsafe yaml_emitter_delete(emitter)
        unsafe emitter.deallocate()
    }

    func finish() -> String {
        unsafe send { event in unsafe yaml_document_end_event_initialize(event, 1) }
        unsafe send { event in unsafe yaml_stream_end_event_initialize(event) }
        return String(decoding: output.bytes, as: UTF8.self)
    }

    func emit(_ node: YAMLNode) {
        switch node.value {
        case .null: emit("null", YAML_PLAIN_SCALAR_STYLE)
        case .bool(let flag): emit(flag ? "true" : "false", YAML_PLAIN_SCALAR_STYLE)
        case .integer(let number): emit(String(number), YAML_PLAIN_SCALAR_STYLE)
        case .float(let number): emit(GoNumber.format(number), YAML_PLAIN_SCALAR_STYLE)
        case .string(let text): emit(text, style(of: text))
        case .sequence(let items):
            unsafe send { event in
                unsafe yaml_sequence_start_event_initialize(event, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE)
            }
            for item in items { emit(item) }
            unsafe send { event in unsafe yaml_sequence_end_event_initialize(event) }
        case .mapping(let pairs):
            unsafe send { event in
                unsafe yaml_mapping_start_event_initialize(event, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE)
            }
            for pair in pairs {
                emit(pair.key, style(of: pair.key))
                emit(pair.value)
            }
            unsafe send { event in unsafe yaml_mapping_end_event_initialize(event) }
        }
    }

    private func style(of text: String) -> yaml_scalar_style_t {
        if text.utf8.contains(UInt8(ascii: "\n")) {
            // A literal block that begins with an empty line or a space would need an indentation indicator.
            let isIndented = text.utf8.first == UInt8(ascii: "\n") || text.utf8.first == UInt8(ascii: " ")
            return isIndented ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE
        }
        return PlainText.isSafe(text) ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
    }

    private func emit(_ text: String, _ style: yaml_scalar_style_t) {
        var bytes = Array(text.utf8)
        let count = Int32(clamping: bytes.count)
        unsafe send { event in
            unsafe bytes.withUnsafeMutableBufferPointer { buffer in
                // The address of an empty array may be nil, which libyaml rejects.
                var nothing: UInt8 = 0
                guard let address = buffer.baseAddress else {
                    return unsafe yaml_scalar_event_initialize(event, nil, nil, &nothing, 0, 1, 1, style)
                }
                return unsafe yaml_scalar_event_initialize(event, nil, nil, address, count, 1, 1, style)
            }
        }
    }

    /// Creates an event and passes it to the emitter, which takes ownership. Fails only without memory.
    private func send(_ make: (UnsafeMutablePointer<yaml_event_t>) -> Int32) {
        var event = unsafe yaml_event_t()
        guard unsafe make(&event) == 1, unsafe yaml_emitter_emit(emitter, &event) == 1 else {
            preconditionFailure("libyaml refused an event")
        }
    }
}

private final class Output {
    var bytes: [UInt8] = []

    /// A `yaml_write_handler_t`: returns 1 for success.
    static func write(_ context: UnsafeMutableRawPointer?, _ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int32
    {
        guard let context = unsafe context else { return 0 }
        let output = unsafe Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
        unsafe output.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        return 1
    }
}

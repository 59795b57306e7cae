import Driver

/// Something that reads what comes from outside, and what must hold for any bytes given to it.
struct Target: Sendable {
    /// Of the corpus' folder too.
    var name: String
    /// Stops the process where a promise is broken.
    var run: @Sendable ([UInt8]) -> Void
}

extension Target {
    static let all: [Target] = [
        .yaml, .kubeConfig, .jsonSplitter, .watchStream, .status, .plugin, .headers, .answers, .probe, .timestamps,
        .arguments, .script, .rollouts, .replicaSets, .clock,
    ]

    /// Whether the harness is on trial: each target then spoils one result on purpose, and has to find that out.
    nonisolated(unsafe) static var hasPlantedFault = false

    /// The one that was chosen; libFuzzer's callback takes no context.
    nonisolated(unsafe) static var chosen: Target?
}

/// `fuzz NAME [--plant] [libFuzzer's options and folders]`; without arguments, the names.
@main
struct Fuzz {
    static func main() {
        guard let name = CommandLine.arguments.dropFirst().first else {
            return print(Target.all.map(\.name).joined(separator: "\n"))
        }
        guard let target = Target.all.first(where: { $0.name == name }) else { fatalError("no target \(name)") }
        unsafe Target.chosen = target
        let hasFault = CommandLine.arguments.dropFirst(2).first == "--plant"
        unsafe Target.hasPlantedFault = hasFault
        let status = unsafe run_fuzzer(
            CommandLine.argc, CommandLine.unsafeArgv, hasFault ? 2 : 1
        ) { data, size in
            unsafe Target.chosen?.run([UInt8](UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
        precondition(status == 0)
    }
}

/// `value`, spoilt if the harness is on trial and `condition` holds: a condition that only some inputs reach.
func planted<Value>(_ value: Value, as wrong: Value, where condition: @autoclosure () -> Bool) -> Value {
    unsafe Target.hasPlantedFault && condition() ? wrong : value
}

/// `bytes` in pieces of a length that they themselves choose.
func cut(_ bytes: [UInt8]) -> [[UInt8]] {
    let step = 1 + Int(bytes.first ?? 0) % 7
    return stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
}

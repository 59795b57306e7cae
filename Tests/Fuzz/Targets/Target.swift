import Driver

/// A parser of external input with the properties that must hold for any bytes.
struct Target: Sendable {
    /// Also the name of the corpus folder.
    var name: String
    /// Traps if a property does not hold.
    var run: @Sendable ([UInt8]) -> Void
}

extension Target {
    static let all: [Target] = [
        .yaml, .kubeConfig, .jsonSplitter, .watchStream, .status, .plugin, .headers, .answers, .probe, .timestamps,
        .arguments, .script, .rollouts, .replicaSets, .clock, .certificates,
    ]

    /// Whether the fuzzer itself is tested: each target then corrupts a result, which it must detect.
    nonisolated(unsafe) static var hasPlantedFault = false

    /// The selected target; libFuzzer's callback has no context.
    nonisolated(unsafe) static var chosen: Target?
}

/// `fuzz NAME [--plant] [libFuzzer's options and folders]`; prints the names without arguments.
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

/// Returns `wrong` instead of `value` if the fuzzer is tested and `condition`, which few inputs meet, holds.
func planted<Value>(_ value: Value, as wrong: Value, where condition: @autoclosure () -> Bool) -> Value {
    unsafe Target.hasPlantedFault && condition() ? wrong : value
}

/// Splits `bytes` into chunks whose length depends on the first byte.
func cut(_ bytes: [UInt8]) -> [[UInt8]] {
    let step = 1 + Int(bytes.first ?? 0) % 7
    return stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
}

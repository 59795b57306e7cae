import Driver
import KubeClient

/// Any bytes: cut in pieces they give the same objects, or the same refusal, as whole.
private func fuzz(_ bytes: [UInt8]) {
    let whole = split([bytes])
    let step = 1 + Int(bytes.first ?? 0) % 7
    let pieces = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
    precondition(whole == split(pieces), "the cut decides what is read")
}

private func split(_ pieces: [[UInt8]]) -> Result<[JSONSplitter.Object], JSONSplitter.Failure> {
    var splitter = JSONSplitter()
    var objects: [JSONSplitter.Object] = []
    do throws(JSONSplitter.Failure) {
        for piece in pieces { objects += try splitter.feed(piece) }
        try splitter.finish()
        return .success(objects)
    } catch {
        return .failure(error)
    }
}

@main
struct FuzzJSONSplitter {
    static func main() {
        let status = unsafe run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            unsafe fuzz([UInt8](UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
        precondition(status == 0)
    }
}

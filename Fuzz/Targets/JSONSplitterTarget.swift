import KubeClient

extension Target {
    /// Any bytes: cut in pieces they give the same objects, or the same refusal, as whole.
    static let jsonSplitter = Target(name: "json") { bytes in
        let whole = split([bytes])
        let pieces = split(cut(bytes))
        let count = (try? whole.get().count) ?? 0
        precondition(
            whole == planted(pieces, as: .success([]), where: count > 6), "the cut decides what is read")
    }
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

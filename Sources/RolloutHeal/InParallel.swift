/// Runs `work` on every input, at most `limit` at a time, and returns the results in input order.
///
/// - Throws: the first error, after cancelling the remaining work.
func inParallel<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], limit: Int = RolloutAPI.parallelism,
    _ work: @escaping @Sendable (Input) async throws(RolloutHealError) -> Output
) async throws(RolloutHealError) -> [Output] {
    if inputs.count == 1 { return [try await work(inputs[0])] }
    let result = await withTaskGroup(of: (Int, Result<Output, RolloutHealError>).self) { group in
        var outputs = [Output?](repeating: nil, count: inputs.count)
        var next = 0
        func start() {
            let index = next
            let input = inputs[index]
            next += 1
            group.addTask {
                do throws(RolloutHealError) {
                    return (index, .success(try await work(input)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        while next < min(limit, inputs.count) { start() }
        for await (index, result) in group {
            switch result {
            case .success(let output): outputs[index] = output
            case .failure(let error):
                group.cancelAll()
                return Result<[Output?], RolloutHealError>.failure(error)
            }
            if next < inputs.count { start() }
        }
        return .success(outputs)
    }
    return try result.get().compactMap { $0 }
}

internal import Synchronization

/// Reports the clusters that have not answered yet to the progress line.
final class ClustersProgress: Sendable {
    private let count: Int
    private let line: ProgressLine
    private let left: Mutex<[Progress.Waiting]>

    init(_ contexts: [String], _ line: ProgressLine) {
        count = contexts.count
        self.line = line
        left = Mutex(contexts.map { Progress.Waiting(name: $0) })
        show()
    }

    func read(_ items: Int, in context: String) {
        left.withLock { left in
            for index in left.indices where left[index].name == context { left[index].count = "\(items)" }
        }
        show()
    }

    func answered(_ context: String) {
        left.withLock { $0.removeAll { $0.name == context } }
        show()
    }

    private func show() {
        let left = left.withLock { $0 }
        line.show(.clusters(answered: count - left.count, of: count, waiting: left))
    }
}

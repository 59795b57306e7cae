/// SplitMix64: the same seed gives the same schedule everywhere.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func isLucky(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
        let width = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int64(next() % width)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }

    /// A length between the two, on a logarithmic scale.
    mutating func spread(_ shortest: Int64, _ longest: Int64) -> Int64 {
        var length = shortest
        while length < longest, isLucky(0.6) { length *= 2 }
        return min(longest, pick(length...(2 * length)))
    }
}

/// The scheduled events in order of time; the clock jumps from one to the next.
final class Simulation {
    private struct Entry {
        var time: Int64
        var order: Int
        var work: () -> Void

        func isBefore(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
    }

    /// Milliseconds since the start.
    private(set) var time: Int64 = 0
    private(set) var steps = 0
    var chance: Chance
    /// Receives a description of each event; nil for none.
    var onStep: ((String) -> Void)?
    private var heap: [Entry] = []

    init(seed: UInt64) {
        chance = Chance(seed: seed)
    }

    func after(_ delay: Int64, _ work: @escaping () -> Void) {
        steps += 1
        heap.append(Entry(time: time + max(0, delay), order: steps, work: work))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    func say(_ text: @autoclosure () -> String) {
        onStep?("\(Double(time) / 1000) s: \(text())")
    }

    func run(until end: Int64) {
        while let next = heap.first, next.time <= end {
            removeFirst()
            time = next.time
            next.work()
        }
        time = end
    }

    /// Discards all scheduled events.
    func stop() {
        heap = []
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[first]) { first = child }
            }
            if first == parent { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }
}

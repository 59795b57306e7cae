internal import KubeClient
internal import KubeConfig

/// A command that sends requests.
enum Caller: String, Sendable {
    case list, explain, heal, refresh, restart, watch, doctor
    /// What a shell offers.
    case complete

    /// Requests per second by default: kubectl's, and controller-runtime's for what runs for months. A burst of 2,000 lets one
    /// run restart 500 Rollouts without a pause.
    fileprivate var perSecond: Double { self == .watch ? 20 : 50 }

    fileprivate var burst: Int { self == .watch ? 30 : 2_000 }
}

extension ConnectionOptions {
    /// The client's own limit; nil for none.
    func limiter(for caller: Caller) throws(UsageError) -> RequestLimiter? {
        var perSecond = caller.perSecond
        if let text = flags.qps {
            guard let number = Double(text), number.isFinite else {
                throw .badValue(flag: "--qps", value: text, reason: "it is not a number")
            }
            perSecond = number
        }
        var burst = caller.burst
        if let text = flags.burst {
            guard let number = Int(text), number >= 1 else {
                throw .badValue(flag: "--burst", value: text, reason: "it is not a number of at least 1")
            }
            burst = number
        }
        guard perSecond > 0 else { return nil }
        guard perSecond >= Self.slowest else {
            throw .badValue(flag: "--qps", value: "\(perSecond)", reason: "it is less than one request a minute")
        }
        return RequestLimiter(perSecond: perSecond, burst: burst)
    }

    /// A slower client would seem to hang; and the seconds until a turn stay a number that can be waited for.
    private static let slowest = 1.0 / 60
}

internal import HTTPTransport

/// Decides the next request from how the last one ended: list, watch, or resume the watch.
///
/// Pure; modelled on client-go's reflector (tools/cache/reflector.go) with two differences: after an outage the watch
/// is resumed instead of relisted, and a watch that ends within a second always costs a delay.
package struct ReflectorState: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case list(ListOptions.Freshness)
        case watch(from: String)
    }

    /// Why a watch or list is retried: a closed set, for metrics and messages.
    package enum Reason: String, Sendable, CaseIterable {
        /// The server ended the watch, as it does every few minutes.
        case ended
        /// The server closed the watch within a second.
        case short
        /// The connection broke or stalled.
        case lost
        /// The resourceVersion is too old to resume from (410).
        case expired
        /// The server refused the request, or could not be reached.
        case refused
        /// The response was no watch or list.
        case malformed
    }

    /// The delay before the next request, and the reason.
    package struct Pause: Sendable, Equatable {
        package var reason: Reason
        package var delay: Duration
    }

    private static let shortest = Duration.seconds(1)
    /// The number of consecutive short watches without events after which a new list is requested.
    private static let fruitlessTries = 3

    package private(set) var step = Step.list(.cached)
    private var version: String?
    private var backoff = Backoff()
    private var fruitless = 0

    package init() {}

    /// Reports a complete list.
    package mutating func listed(resourceVersion: String?) {
        version = resourceVersion
        // A list without a version cannot be followed by a watch.
        step = resourceVersion.map { .watch(from: $0) } ?? .list(.latest)
    }

    package mutating func listFailed(_ error: KubeError, at uptime: Duration, random: Double) -> Pause {
        var pause = Pause(
            reason: error.isMalformed ? .malformed : .refused, delay: backoff.next(at: uptime, random: random))
        if error.isExpired {
            pause.reason = .expired
            if step != .list(.latest) { pause.delay = .zero }
            step = .list(.latest)
        }
        return pause
    }

    /// Records the version of an event or bookmark as the place to resume from.
    package mutating func advanced(to resourceVersion: String?) {
        guard let resourceVersion, case .watch = step else { return }
        version = resourceVersion
        step = .watch(from: resourceVersion)
    }

    /// How a watch ended.
    package enum Ending: Sendable, Equatable {
        /// The server closed the stream properly.
        case closed
        /// The request was not answered with a stream.
        case refused(KubeError)
        /// The stream broke, or its content was no watch.
        case broke(KubeError)
        /// The last event was an error.
        case failed(APIStatus)
    }

    /// - Parameters:
    ///   - lasted: the time from the request to the end.
    ///   - hadEvents: whether any event arrived.
    package mutating func watchEnded(
        _ ending: Ending, lasted: Duration, hadEvents: Bool, at uptime: Duration, random: Double
    ) -> Pause {
        let isShort = lasted < Self.shortest
        fruitless = isShort && !hadEvents ? fruitless + 1 : 0
        let reason = Self.reason(for: ending, isShort: isShort)
        let isPassing =
            switch ending {
            case .closed: !isShort || hadEvents
            case .refused(let error), .broke(let error): reason != .malformed && error.isPassing
            case .failed(let status): status.code == 429
            }
        if !isPassing || reason == .expired || fruitless >= Self.fruitlessTries { relist() }
        let isNormal = !isShort && (reason == .ended || reason == .lost)
        return Pause(reason: reason, delay: isNormal ? .zero : backoff.next(at: uptime, random: random))
    }

    private static func reason(for ending: Ending, isShort: Bool) -> Reason {
        switch ending {
        case .closed: return isShort ? .short : .ended
        case .failed(let status): return KubeError.status(status).isExpired ? .expired : .refused
        case .refused(let error), .broke(let error):
            if error.isExpired { return .expired }
            if error.isMalformed { return .malformed }
            return error.isLostConnection ? .lost : .refused
        }
    }

    private mutating func relist() {
        fruitless = 0
        step = .list(version.map { .notOlderThan($0) } ?? .latest)
    }
}

extension KubeError {
    /// A 410, or a version ahead of the server: only a list of the current state helps.
    fileprivate var isExpired: Bool {
        guard let status else { return false }
        let isAhead =
            status.code == 504
            && (status.message.contains("Too large resource version")
                || status.details?.causes?.contains { $0.message == "Too large resource version" } == true)
        return status.code == 410 || status.reason == "Expired" || status.reason == "Gone" || isAhead
    }

    fileprivate var isMalformed: Bool {
        if case .malformed = self { true } else { false }
    }

    fileprivate var isLostConnection: Bool {
        guard case .transport(let error, _) = self else { return false }
        switch error {
        case .connectionLost, .timedOut: return true
        default: return false
        }
    }

    /// Whether the server is unavailable or overloaded, so that the last version is still valid.
    fileprivate var isPassing: Bool {
        switch self {
        case .transport, .credential: true
        case .status(let status): status.code == 429 || status.code >= 500
        default: false
        }
    }
}

internal import HTTPTransport

/// What to ask the API server for next, decided from how the last request ended: list, then watch, then watch on.
///
/// Pure; after client-go's reflector (tools/cache/reflector.go), save that a server that is away for a while is asked to
/// go on with the watch instead of for a new list, and that a watch which ends within a second always costs a delay.
package struct ReflectorState: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case list(ListOptions.Freshness)
        case watch(from: String)
    }

    /// Why a watch, or a list, has to be asked for again: a closed set, for metrics and messages.
    package enum Reason: String, Sendable, CaseIterable {
        /// The server ended the watch, as it does every few minutes.
        case ended
        /// It ended in less than a second.
        case short
        /// The connection broke, or fell silent.
        case lost
        /// The version is too old to go on from (410).
        case expired
        /// The server refused, or could not be reached.
        case refused
        /// What came was no watch.
        case malformed
    }

    /// What comes after an ending: how long to wait, and why.
    package struct Pause: Sendable, Equatable {
        package var reason: Reason
        package var delay: Duration
    }

    private static let shortest = Duration.seconds(1)
    /// So many watches in a row that ended at once with nothing: perhaps a new list helps.
    private static let fruitlessTries = 3

    package private(set) var step = Step.list(.cached)
    private var version: String?
    private var backoff = Backoff()
    private var fruitless = 0

    package init() {}

    /// A list was read to its end.
    package mutating func listed(resourceVersion: String?) {
        version = resourceVersion
        // A list without a version can be followed by nothing but the next list.
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

    /// An event, a bookmark too, moves the place to go on from.
    package mutating func advanced(to resourceVersion: String?) {
        guard let resourceVersion, case .watch = step else { return }
        version = resourceVersion
        step = .watch(from: resourceVersion)
    }

    /// How a watch came to its end.
    package enum Ending: Sendable, Equatable {
        /// The server closed the stream well.
        case closed
        /// The request was not answered by a stream.
        case refused(KubeError)
        /// The stream broke, or what came was no watch.
        case broke(KubeError)
        /// The last event was an error.
        case failed(APIStatus)
    }

    /// - Parameters:
    ///   - lasted: from the request to the end.
    ///   - hadEvents: something came.
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
    /// 410, or a version that the server has not come to yet: only a list of what is now helps.
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

    /// The server is away or overloaded: what it knew before still holds.
    fileprivate var isPassing: Bool {
        switch self {
        case .transport, .credential: true
        case .status(let status): status.code == 429 || status.code >= 500
        default: false
        }
    }
}

internal import HTTPTransport

/// Decides the next request from how the last one ended: list, watch, or resume the watch.
///
/// Pure; modelled on client-go's reflector (tools/cache/reflector.go) with three differences: after an outage the watch
/// is resumed instead of relisted; a watch that ends within a second always costs a delay; and before a watch that broke
/// or delivered nothing is resumed, the server confirms that it has the version. A server that was restored from a
/// backup has not: a watch from there is accepted, and stays silent until the server gets there again.
package struct ReflectorState: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case list(ListOptions.Freshness)
        /// Ask whether the server's state is at least this version.
        case confirm(String)
        case watch(from: String)
    }

    /// Why a watch or list is retried: a closed set, for metrics and messages.
    package enum Reason: String, Sendable, CaseIterable {
        /// The server ended the watch, as it does every few minutes.
        case ended
        /// The server closed the watch within a second.
        case short
        /// The connection broke.
        case lost
        /// The server said nothing for too long, or did not end the watch in time.
        case silent
        /// The resourceVersion is too old to resume from (410).
        case expired
        /// The server's state is older than the last version seen: it was restored from a backup, or lags.
        case behind
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
    /// Whether the next list is asked for as a stream.
    private(set) var streamsLists: Bool

    package init(streamsLists: Bool = false) {
        self.streamsLists = streamsLists
    }

    /// Reports that a streaming list failed, and returns whether to list at once instead.
    ///
    /// Whatever the reason, lists are not streamed again: every server has the other way. A version that the server
    /// does not have, or a busy server, is handled as with any list.
    mutating func listsInstead(after error: KubeError) -> Bool {
        if error == .cancelled || (version != nil && Self.reason(for: error).needsLatest) { return false }
        streamsLists = false
        return error.status?.code != 429
    }

    /// Reports a complete list.
    package mutating func listed(resourceVersion: String?) {
        version = resourceVersion
        // A list without a version cannot be followed by a watch.
        step = resourceVersion.map { .watch(from: $0) } ?? .list(.latest)
    }

    package mutating func listFailed(_ error: KubeError, at uptime: Duration, random: Double) -> Pause {
        let reason = Self.reason(for: error)
        if reason.needsLatest, step != .list(.latest) {
            step = .list(.latest)
            return Pause(reason: reason, delay: .zero)
        }
        return Pause(
            reason: reason == .lost || reason == .silent ? .refused : reason,
            delay: delay(after: error, at: uptime, random: random))
    }

    /// Lists everything again, from the server's cache.
    package mutating func resync() {
        if case .list = step { return }
        relist()
    }

    private mutating func delay(after error: KubeError?, at uptime: Duration, random: Double) -> Duration {
        max(backoff.next(at: uptime, random: random), error?.status?.boundedPause ?? .zero)
    }

    /// Reports that the server's state is not older than the version of ``Step/confirm(_:)``.
    package mutating func confirmed() {
        guard case .confirm(let version) = step else { return }
        step = .watch(from: version)
    }

    package mutating func notConfirmed(_ error: KubeError, at uptime: Duration, random: Double) -> Pause {
        let pause = listFailed(error, at: uptime, random: random)
        if !pause.reason.needsLatest, !error.isPassing { relist() }
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
        if !isPassing || reason.needsLatest || fruitless >= Self.fruitlessTries {
            relist()
        } else if let version, ending != .closed || !hadEvents, !ending.isBusy {
            step = .confirm(version)
        }
        let isNormal = !isShort && [.ended, .lost, .silent].contains(reason)
        return Pause(
            reason: reason, delay: isNormal ? .zero : delay(after: ending.error, at: uptime, random: random))
    }

    private static func reason(for ending: Ending, isShort: Bool) -> Reason {
        switch ending {
        case .closed: return isShort ? .short : .ended
        case .failed(let status): return reason(for: .status(status))
        case .refused(let error), .broke(let error): return reason(for: error)
        }
    }

    private static func reason(for error: KubeError) -> Reason {
        if error.isBehind { return .behind }
        if error.isExpired { return .expired }
        if error.isMalformed { return .malformed }
        guard case .transport(let cause, _) = error else { return .refused }
        return switch cause {
        case .timedOut(during: "connecting"), .connectionLost: .lost
        case .timedOut: .silent
        default: .refused
        }
    }

    private mutating func relist() {
        fruitless = 0
        step = .list(version.map { .notOlderThan($0) } ?? .latest)
    }
}

extension ReflectorState.Reason {
    /// Whether a list that is not older than the last version failed, or would fail.
    fileprivate var needsLatest: Bool { self == .expired || self == .behind }
}

extension ReflectorState.Ending {
    /// Whether the server has asked for fewer requests.
    fileprivate var isBusy: Bool {
        switch self {
        case .refused(.status(let status)), .failed(let status): status.code == 429
        case .refused, .broke, .closed: false
        }
    }
}

extension KubeError {
    /// The version is too old to resume from.
    fileprivate var isExpired: Bool {
        guard let status else { return false }
        return status.code == 410 || status.reason == "Expired" || status.reason == "Gone"
    }

    /// The version is ahead of the server (client-go `isTooLargeResourceVersionError`; servers before 1.19 give no
    /// reason, and before 1.17 no cause).
    fileprivate var isBehind: Bool {
        guard let status, status.code == 504 else { return false }
        let words = "Too large resource version"
        return status.message.contains(words)
            || status.details?.causes?.contains { $0.reason == "ResourceVersionTooLarge" || $0.message == words }
                == true
    }

    fileprivate var isMalformed: Bool {
        if case .malformed = self { true } else { false }
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

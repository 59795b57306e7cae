internal import HealthServer
internal import RolloutHeal
internal import Synchronization

/// Tracks whether the process works, and answers probes and scrapes.
final class ProcessHealth: Sendable {
    private struct State {
        /// The uptime at which the loop last ran.
        var lastTurn: Duration?
        var isSynced = false
        var blindness: Blindness?
    }

    /// The limit for silence; the loop runs at least every 10 s.
    private static let patience = Duration.seconds(45)

    private let uptime: @Sendable () -> Duration
    private let metrics: HealMetrics
    private let start: Duration
    private let state = Mutex(State())

    init(_ metrics: HealMetrics, uptime: @escaping @Sendable () -> Duration) {
        self.metrics = metrics
        self.uptime = uptime
        start = uptime()
    }

    func turned(isSynced: Bool, blindness: Blindness? = nil, idleFor idleTime: Duration) {
        state.withLock { state in
            state.lastTurn = uptime() - idleTime
            state.isSynced = isSynced
            state.blindness = blindness
        }
    }

    func answer(_ path: String) -> HealthResponse {
        let state = state.withLock { $0 }
        switch path {
        case "/metrics":
            return HealthResponse(200, metrics.text, contentType: "text/plain; version=0.0.4; charset=utf-8")
        case "/healthz", "/livez":
            let silence = uptime() - (state.lastTurn ?? start)
            return silence < Self.patience
                ? HealthResponse(200, "ok\n")
                : HealthResponse(503, "the watch loop has not run for \(silence.components.seconds) s\n")
        case "/readyz":
            guard state.isSynced else { return HealthResponse(503, "Rollouts are not listed yet\n") }
            return switch state.blindness {
            case nil: HealthResponse(200, "ok\n")
            case .silent: HealthResponse(503, "the API server says nothing on the watch\n")
            case .notServed: HealthResponse(503, "the API server has no Rollouts: Argo Rollouts is not installed\n")
            }
        case "/": return HealthResponse(200, "/metrics\n/healthz\n/readyz\n")
        default: return HealthResponse(404, "not found\n")
        }
    }
}

internal import HealthServer
internal import Synchronization

/// Whether the process does its work, and what probes and scrapes are answered.
final class ProcessHealth: Sendable {
    private struct State {
        /// Uptime at which the loop was last seen to turn.
        var lastTurn: Duration?
        var isSynced = false
    }

    /// The loop turns every 10 s at the least.
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

    func turned(isSynced: Bool, idleFor idleTime: Duration) {
        state.withLock { state in
            state.lastTurn = uptime() - idleTime
            state.isSynced = isSynced
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
            return state.isSynced ? HealthResponse(200, "ok\n") : HealthResponse(503, "Rollouts are not listed yet\n")
        case "/": return HealthResponse(200, "/metrics\n/healthz\n/readyz\n")
        default: return HealthResponse(404, "not found\n")
        }
    }
}

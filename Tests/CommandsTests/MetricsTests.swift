import Formats
import HTTPTransport
import HealthServer
import KubeClient
@testable import RolloutHeal
import Rollouts
import Synchronization
import Testing

@testable import Commands

struct HealMetricsTests {
    private let metrics = HealMetrics(heals: true)

    private func has(_ line: String) -> Bool { metrics.text.contains("\n\(line)\n") }

    private func count(_ change: Change, isLeading: Bool = true) {
        metrics.count(.change(change), isLeading: isLeading)
    }

    @Test func whatHasNotHappenedIsZero() {
        for line in [
            "rollout_heal_restarts_total{result=\"failed\"} 0", "rollout_heal_skipped_total{reason=\"cool-down\"} 0",
            "rollout_heal_refreshes_total{result=\"refreshed\"} 0", "rollout_heal_degraded{diagnosis=\"stale\"} 0",
            "rollout_heal_recovered_total{result=\"healed\"} 0",
            "rollout_heal_recovery_seconds_count{by=\"refresh\"} 0",
            "rollout_heal_watch_restarts_total{reason=\"expired\"} 0", "rollout_heal_degraded{diagnosis=\"stuck\"} 0",
        ] {
            #expect(has(line), "\(line)")
        }
    }

    @Test(arguments: [true, false]) func whetherItHealsIsSaidFromTheStart(heals: Bool) {
        #expect(HealMetrics(heals: heals).text.contains("\nrollout_heal_heals \(heals ? 1 : 0)\n"))
    }

    /// Each gate has a series; a gate missing from the list would be counted as "other".
    @Test(arguments: Gate.allCases)
    func everyGateIsAReason(gate: Gate) {
        count(Change(.skipped, gate: gate, message: ""))
        #expect(has("rollout_heal_skipped_total{reason=\"\(gate.rawValue)\"} 1"))
        #expect(!metrics.text.contains("other"))
    }

    @Test func changesAreCountedByTheLeaderOnly() {
        var failed = Change(.error, message: "")
        failed.failure = .restartNotWritten
        var unwritten = Change(.error, message: "")
        unwritten.failure = .refreshNotWritten
        for isLeading in [true, false] {
            count(Change(.restarted, message: ""), isLeading: isLeading)
            count(failed, isLeading: isLeading)
            count(Change(.refreshed, message: ""), isLeading: isLeading)
            count(unwritten, isLeading: isLeading)
            count(
                Change(.recovered, message: "", recovery: .init(by: .restart, duration: .seconds(42), evicted: nil)),
                isLeading: isLeading)
            count(Change(.recovered, message: ""), isLeading: isLeading)
            count(Change(.error, message: "", failure: .restartInVain), isLeading: isLeading)
            count(Change(.skipped, gate: .rate, message: ""), isLeading: isLeading)
            count(Change(.skipped, message: ""), isLeading: isLeading)
        }
        for line in [
            "rollout_heal_restarts_total{result=\"restarted\"} 1", "rollout_heal_restarts_total{result=\"failed\"} 1",
            "rollout_heal_refreshes_total{result=\"refreshed\"} 1",
            "rollout_heal_refreshes_total{result=\"failed\"} 1", "rollout_heal_recovered_total{result=\"healed\"} 1",
            "rollout_heal_recovered_total{result=\"by-itself\"} 1",
            "rollout_heal_recovered_total{result=\"in-vain\"} 1", "rollout_heal_skipped_total{reason=\"rate\"} 1",
            "rollout_heal_skipped_total{reason=\"policy\"} 1",
            "rollout_heal_recovery_seconds_bucket{by=\"restart\",le=\"30\"} 0",
            "rollout_heal_recovery_seconds_bucket{by=\"restart\",le=\"60\"} 1",
            "rollout_heal_recovery_seconds_sum{by=\"restart\"} 42",
        ] {
            #expect(has(line), "\(line)")
        }
    }

    /// A refresh before the progress deadline is an alert that never fired.
    @Test func staleViewsAndWhatHealedThemAreCounted() {
        var early = Change(.found, diagnosis: .stale, message: "")
        count(early)
        early.isDegraded = true
        count(early)
        count(Change(.found, diagnosis: .stuck, message: ""))
        for isEarly in [true, false] {
            count(
                Change(
                    .recovered, message: "",
                    recovery: .init(by: .refresh, duration: .milliseconds(300), evicted: 0, isEarly: isEarly)))
        }
        count(
            Change(.recovered, message: "", recovery: .init(by: .restart, duration: .seconds(42), evicted: 5)))
        for line in [
            "rollout_heal_stale_found_total{when=\"before-deadline\"} 1",
            "rollout_heal_stale_found_total{when=\"degraded\"} 1", "rollout_heal_healed_early_total 1",
            "rollout_heal_pods_evicted_total 5", "rollout_heal_recovery_seconds_bucket{by=\"refresh\",le=\"0.5\"} 2",
            "rollout_heal_recovery_seconds_count{by=\"restart\"} 1",
        ] {
            #expect(has(line), "\(line)")
        }
    }

    @Test func namespacesAreCountedOnlyIfNamed() {
        let shop = RolloutID(namespace: "shop", name: "web")
        let stage = RolloutID(namespace: "stage", name: "web")
        let verdict = Verdict(diagnosis: .stuck, isDue: true, heldBy: nil)
        let rows = [shop, stage].map { WatchedRow(id: $0, phase: "Degraded", desired: 5, verdict: verdict, state: "") }
        let view = WatchView(
            rows: rows, count: 2, isSynced: true, isStormy: false, givenUp: 0, degraded: [.stuck: 2],
            now: Timestamp(secondsSince1970: 0))
        let named = HealMetrics(heals: true, namespaces: ["shop"])
        for metrics in [named, metrics] {
            for id in [shop, stage] { metrics.count(.change(Change(.restarted, id, message: "")), isLeading: true) }
            metrics.set(view, isLeading: true)
            metrics.set(view, isLeading: true)
        }
        for line in [
            "rollout_heal_namespace_degraded{rollout_namespace=\"shop\",diagnosis=\"stuck\"} 1",
            "rollout_heal_namespace_degraded{rollout_namespace=\"other\",diagnosis=\"stuck\"} 1",
            "rollout_heal_namespace_steps_total{rollout_namespace=\"shop\",step=\"restarted\"} 1",
            "rollout_heal_namespace_steps_total{rollout_namespace=\"other\",step=\"restarted\"} 1",
            "rollout_heal_watch_up 1",
        ] {
            #expect(named.text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(!named.text.contains("stage") && !metrics.text.contains("rollout_namespace="))
    }

    @Test(arguments: ["watch -A --metrics-namespaces shop,", "watch -A --metrics-namespaces Shop"])
    func whatIsNoNamespaceIsRefused(line: String) async {
        let run = await Stage().run(line)
        #expect(run.status == 2 && run.err.contains("--metrics-namespaces"), "\(run.err)")
    }

    @Test func requestsHaveBoundedCodes() {
        for code in [200, 200, 999, 0, -1] { metrics.count(.get, code: code, seconds: 0.02) }
        metrics.count(.patch, code: nil, seconds: 1)
        #expect(has("rollout_heal_api_requests_total{verb=\"GET\",code=\"200\"} 2"))
        #expect(has("rollout_heal_api_requests_total{verb=\"GET\",code=\"other\"} 3"))
        #expect(has("rollout_heal_api_requests_total{verb=\"PATCH\",code=\"error\"} 1"))
        #expect(has("rollout_heal_api_request_duration_seconds_bucket{verb=\"GET\",le=\"0.025\"} 5"))
    }
}

struct ProcessHealthTests {
    @Test func theLoopsSilenceIsSaid() {
        let uptime = Mutex(Duration.seconds(100))
        let health = ProcessHealth(HealMetrics(heals: true)) { uptime.withLock { $0 } }
        #expect(health.answer("/healthz").status == 200)
        #expect(health.answer("/readyz") == HealthResponse(503, "Rollouts are not listed yet\n"))
        uptime.withLock { $0 = .seconds(150) }
        #expect(health.answer("/healthz") == HealthResponse(503, "the watch loop has not run for 50 s\n"))
        health.turned(isSynced: true, idleFor: .seconds(5))
        #expect(health.answer("/healthz") == HealthResponse(200, "ok\n"))
        #expect(health.answer("/readyz") == HealthResponse(200, "ok\n"))
        uptime.withLock { $0 = .seconds(191) }
        #expect(health.answer("/healthz").body == "the watch loop has not run for 46 s\n")
    }

    @Test func whoSeesNothingIsNotReady() {
        let health = ProcessHealth(HealMetrics(heals: true)) { .zero }
        for (blindness, status): (Blindness?, Int) in [(.silent, 503), (.notServed, 503), (nil, 200)] {
            health.turned(isSynced: true, blindness: blindness, idleFor: .zero)
            #expect(health.answer("/readyz").status == status)
            #expect(health.answer("/healthz").status == 200, "a restart of the pod would not help")
        }
        health.turned(isSynced: true, blindness: .notServed, idleFor: .zero)
        #expect(health.answer("/readyz").body.contains("Argo Rollouts is not installed"))
    }

    @Test func otherPathsAreNotFound() {
        let health = ProcessHealth(HealMetrics(heals: true)) { .zero }
        #expect(health.answer("/").body == "/metrics\n/healthz\n/readyz\n")
        #expect(health.answer("/metrics").contentType == "text/plain; version=0.0.4; charset=utf-8")
        for path in ["/metrics/", "/Metrics", "/../metrics", "//healthz"] {
            #expect(health.answer(path).status == 404, "\(path)")
        }
    }
}

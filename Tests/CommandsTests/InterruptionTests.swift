import HTTPTransport
import KubeClient
import RolloutHeal
import Rollouts
import TestSupport
import Testing

@testable import Commands

/// What a command says of a restart that it leaves behind.
@Suite struct InterruptionTests {
    /// An interruption prints nothing, but for this.
    @Test func aRestartWithoutAnAnswerIsNamed() {
        let id = RolloutID(namespace: "shop", name: "web")
        let report = ErrorReport(RolloutHealError.outcomeUnknown(of: id, because: .api(.cancelled)))
        #expect(report.status == .failed)
        #expect(report.message.hasSuffix(" (the restart of shop/web may have been made nevertheless)"))
        #expect(ErrorReport(RolloutHealError.api(.cancelled)).status == .interrupted)
    }

    @Test(arguments: ["restart web --policy rule", "heal web --settle 0s"])
    func itIsNamedAfterALostConnectionToo(line: String) async {
        let stage = Stage([.rollout()]) { request, cluster in
            guard request.url.contains("/rollouts"), !cluster.requests(.patch, "rollouts").isEmpty else { return nil }
            if request.method == .patch { _ = cluster.answer(request) }
            return .failure(.connectionLost("EOF"))
        }
        let run = await stage.run(line)
        #expect(
            run.status == 1 && run.err.contains("the restart of shop/web may have been made nevertheless"), "\(run)")
    }
}

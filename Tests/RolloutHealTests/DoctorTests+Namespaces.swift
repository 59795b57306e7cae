import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import RolloutHeal

/// The rights that `--opt-in` and `--namespace-selector` take.
extension DoctorTests {
    @Test(
        arguments: [
            (DoctorMode.watchHeal, nil, NamespaceFlags(), [], .ok),
            (.watchHeal, nil, NamespaceFlags(optsIn: true), ["list namespaces", "watch namespaces"], .warning),
            (.watch, "shop", NamespaceFlags(optsIn: true), ["list namespaces", "watch namespaces"], .warning),
            (.heal, nil, NamespaceFlags(optsIn: true), ["list namespaces"], .warning),
            (.heal, "shop", NamespaceFlags(optsIn: true), ["get namespaces"], .warning),
            (.list, nil, NamespaceFlags(selects: true), ["list namespaces"], .problem),
            (
                .watch, nil, NamespaceFlags(optsIn: true, selects: true), ["list namespaces", "watch namespaces"],
                .problem
            ),
        ] as [(DoctorMode, String?, NamespaceFlags, [String], Check.Status)])
    func flagsThatReadNamespaces(
        mode: DoctorMode, namespace: String?, flags: NamespaceFlags, asked: [String], status: Check.Status
    ) async throws {
        let denied: Set = ["get namespaces", "list namespaces", "watch namespaces"]
        let stage = DoctorStage(denied: denied)
        let rights = try first(.rights, try await stage.checks(namespace: namespace, modes: [mode], flags: flags))
        #expect(rights.status == status && rights.isDenied == (status == .problem), "\(rights)")
        for right in denied { #expect(rights.message.contains(right) == asked.contains(right), "\(rights)") }
        if status == .problem { #expect(rights.message.contains("missing in all namespaces: ")) }
        let isWide = asked.contains("list namespaces")
        #expect(rights.remedy?.contains("deploy/components/namespaces") == (asked.isEmpty ? nil : isWide))
        // Namespaces are in no namespace, but for the right to get the one.
        let places = stage.asked.withLock { $0 }.compactMap { request -> String? in
            let body = try? JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any]
            let spec = body?["spec"] as? [String: Any]
            let attributes = spec?["resourceAttributes"] as? [String: Any]
            return attributes?["resource"] as? String == "namespaces" ? attributes?["namespace"] as? String : nil
        }
        #expect(places == asked.map { $0 == "get namespaces" ? namespace ?? "" : "" })
    }

    @Test(
        arguments: [
            (NamespaceFlags(optsIn: true), .warning), (NamespaceFlags(selects: true), .problem),
            (NamespaceFlags(), .ok),
        ] as [(NamespaceFlags, Check.Status)])
    func theAccountsRightsFollowItsFlags(flags: NamespaceFlags, status: Check.Status) async throws {
        let account = "system:serviceaccount:rollout-heal:rollout-heal-watch"
        let stage = DoctorStage(
            ["deployments": [DoctorStage.ours("kubectl-rollout-heal:latest")]],
            denied: ["watch namespaces as \(account)"])
        let arguments = OwnArguments(mode: .watchHeal, namespace: nil, flags: flags)
        let check = try first(.account, try await stage.checks(ofOurs: arguments))
        #expect(check.status == status, "\(check)")
    }
}

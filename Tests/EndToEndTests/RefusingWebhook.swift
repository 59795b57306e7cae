import Foundation
import HTTPTransport
import TestSupport

/// `scripts/lib/standin/webhook.py`, registered with the API server for the writes of one namespace.
struct RefusingWebhook {
    /// The webhook's behaviour.
    enum Mood {
        /// Denies requests; nil sets no code.
        case refuses(code: Int?)
        /// Is registered, but not running.
        case isDown
    }

    static let name = "labels.policy.test"
    static let words = "no foreign labels here"

    private let server: RunningPlugin

    /// The objects whose writes it denied: `rollouts NAMESPACE/web`.
    var refused: [String] { server.output.split(separator: "\n").dropFirst().map(String.init) }

    /// Runs `body` while updates of `resources` ("rollouts", "replicasets/status") in the namespace of `stage` are
    /// denied. The registration is always removed, so that it does not affect others on the cluster.
    static func with(
        _ mood: Mood, _ resources: String..., of stage: StaleViewStage, _ body: (RefusingWebhook) async throws -> Void
    ) async throws {
        try await TestCertificates.with { certificates in
            var arguments = [
                "scripts/lib/standin/webhook.py", certificates.path("loopback.pem"), certificates.path("loopback.key"),
                words,
            ]
            if case .refuses(let code?) = mood { arguments.append("\(code)") }
            let server = try RunningPlugin("/usr/bin/env", ["python3"] + arguments, environment: [:])
            try await server.wait("a webhook") { server.output.hasSuffix("\n") }
            let port = server.output.split(separator: "\n").first.map(String.init) ?? ""
            if case .isDown = mood { try await end(server) }
            let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
            do {
                try await register(
                    "https://127.0.0.1:\(port)/refuse", trusting: try certificates.bytes("ca.pem"), resources, stage,
                    path)
                try await body(RefusingWebhook(server: server))
            } catch {
                _ = try await stage.cluster.request(.delete, "\(path)/\(stage.namespace)")
                try await end(server)
                throw error
            }
            _ = try await stage.cluster.request(.delete, "\(path)/\(stage.namespace)")
            try await end(server)
        }
    }

    private static func end(_ server: RunningPlugin) async throws {
        server.signal(SIGTERM)
        _ = try await server.end()
    }

    private static func register(
        _ url: String, trusting authority: [UInt8], _ resources: [String], _ stage: StaleViewStage, _ path: String
    ) async throws {
        let cluster = stage.cluster
        let mark = ["rollout-heal.test/webhook": stage.namespace]
        try await cluster.patch("/api/v1/namespaces/\(stage.namespace)", ["metadata": ["labels": mark]])
        let rule: [String: Any] = [
            "apiGroups": ["argoproj.io", "apps"], "apiVersions": ["*"],
            "operations": ["UPDATE"], "resources": resources,
        ]
        let webhook: [String: Any] = [
            "name": name, "rules": [rule], "namespaceSelector": ["matchLabels": mark],
            "clientConfig": ["url": url, "caBundle": Data(authority).base64EncodedString()], "failurePolicy": "Fail",
            "sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 5,
        ]
        let body = ObjectFixture([
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": ["name": stage.namespace], "webhooks": [webhook],
        ])
        let answer = try await cluster.request(.post, path, body.json)
        guard answer.status == 201 else {
            throw TestCluster.Refused(path: path, answer: String(decoding: answer.body, as: UTF8.self))
        }
        // The API server learns of the webhook by a watch, with a delay.
        let object =
            resources == ["rollouts"]
            ? "\(stage.rollouts)/web" : "\(stage.sets)/\(try await stage.replicaSets()[0].metadata.name)/status"
        try await cluster.wait("the webhook is asked") {
            let answer = try await cluster.request(
                .patch, "\(object)?dryRun=All", ObjectFixture(["metadata": ["labels": ["a": "b"]]]).json,
                type: "application/merge-patch+json")
            return answer.status >= 400
        }
    }
}

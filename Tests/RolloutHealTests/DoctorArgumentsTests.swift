import Testing

@testable import RolloutHeal

/// Where `doctor` looks for the flags of a container.
@Suite struct DoctorArgumentsTests {
    /// Whoever sets `command` may write flags there too, without `args`.
    @Test(arguments: [
        (["/bin/rollouts-controller", "--namespaced", "--instance-id", "blue"], []),
        (["/bin/rollouts-controller"], ["--namespaced", "--instance-id=blue"]),
        (["/bin/rollouts-controller", "--namespaced"], ["--instance-id", "blue"]),
    ])
    func flagsInTheCommandCountToo(command: [String], args: [String]) async throws {
        let stage = DoctorStage([
            "deployments": [
                DoctorStage.controller("registry.test/argoproj/argo-rollouts:v1.10.0", args: args, command: command)
            ]
        ])
        let check = try #require(try await stage.checks().first { $0.topic == .controller })
        #expect(check.message.contains("--instance-id blue") && check.message.contains("only its own namespace"))
    }
}

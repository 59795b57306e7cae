import KubeConfig
import Testing

/// Kubeconfig files that other users may read.
@Suite struct ExposedFileTests {
    private func exposed(
        _ modes: [String: UInt32], kubeconfig: String? = nil, variables: [String: String] = [:]
    ) -> [ExposedFile] {
        var environment = host([:], variables: variables)
        environment.fileMode = { modes[$0] }
        var flags = ConnectionFlags()
        flags.kubeconfig = kubeconfig
        return ExposedFile.all(flags: flags, environment: environment)
    }

    @Test(
        arguments: [
            (0o600, nil), (0o400, nil), (0o700, nil), (0o611, nil), (0o640, "its group"), (0o604, "others"),
            (0o644, "its group and others"), (0o777, "its group and others"),
        ] as [(UInt32, String?)])
    func readersAreNamed(mode: UInt32, readers: String?) {
        #expect(exposed(["/work/c": mode], kubeconfig: "c").map(\.readers) == [readers].compactMap { $0 })
    }

    @Test func eachFileOfAListIsNamedAsItWasGiven() {
        let modes: [String: UInt32] = ["/work/a": 0o644, "/k/b": 0o600, "/k/c": 0o660, "/h/.kube/config": 0o644]
        let list = ["KUBECONFIG": "a:/k/b:/k/none:/k/c:a", "HOME": "/h"]
        #expect(exposed(modes, variables: list).map(\.path) == ["a", "/k/c"])
        #expect(exposed(modes, variables: ["HOME": "/h"]).map(\.path) == ["/h/.kube/config"])
        #expect(exposed(modes, kubeconfig: "/k/b", variables: list).isEmpty)
    }

    @Test func whatIsNoFileIsNobodysBusiness() {
        #expect(exposed([:], kubeconfig: "/dev/fd/63").isEmpty)
        #expect(HostEnvironment.process.fileMode("/dev/null") == nil)
        #expect(HostEnvironment.process.fileMode("/etc/passwd").map { $0 & 0o004 } == 0o004)
    }
}

import TestSupport
import Testing

@testable import Rollouts

@Suite struct ApplicationSearchTests {
    /// Metadata of an application, or without a mark; nil for an unreadable object.
    private func metadata(_ application: String) throws -> Rollout.Metadata? {
        if application == "?" { return nil }
        let labels = application.isEmpty ? [:] : ["argocd.argoproj.io/instance": application]
        let rollout: Rollout = try ObjectFixture.rollout(metadata: ["labels": labels]).decoded()
        return rollout.metadata
    }

    /// The applications of the listed objects, in order; empty means no mark, and `?` an unreadable object.
    @Test(
        arguments: [
            (listed: [], widens: false, .nobody), (listed: [], widens: true, .everybody),
            (listed: ["", ""], widens: false, .nobody), (listed: ["", ""], widens: true, .everybody),
            (listed: ["store", ""], widens: false, .members), (listed: ["store", ""], widens: true, .members),
            (listed: ["", "argo-apps_store"], widens: true, .members), (listed: ["blog"], widens: false, .nobody),
            (listed: ["", "blog"], widens: true, .nobody), (listed: ["blog", ""], widens: true, .nobody),
            (listed: ["", "?"], widens: true, .nobody), (listed: ["?", "store"], widens: true, .members),
        ] as [(listed: [String], widens: Bool, ApplicationSearch.Result)])
    func whomItMeans(listed: [String], widens: Bool, expected: ApplicationSearch.Result) throws {
        var search = ApplicationSearch("store", widens: widens)
        for application in listed { _ = search.mayMean(try metadata(application)) }
        #expect(search.result == expected)
        let plain: Rollout = try ObjectFixture.rollout().decoded()
        #expect(search.means(plain) == (expected == .everybody))
    }

    /// An empty name selects nothing: an unset argument must mean less, never more.
    @Test(arguments: [(["", ""], .everybody), (["", "blog"], .nobody)] as [([String], ApplicationSearch.Result)])
    func noName(listed: [String], expected: ApplicationSearch.Result) throws {
        var search = ApplicationSearch("", widens: true)
        for application in listed { _ = search.mayMean(try metadata(application)) }
        #expect(search.result == expected)
    }

    /// Once a mark has been seen, unmarked Rollouts are dropped; before, they may be selected.
    @Test func whatIsLetThrough() throws {
        var search = ApplicationSearch("store", widens: true)
        let passed = try ["", "blog", "", "store", "?"].map { search.mayMean(try metadata($0)) }
        #expect(passed == [true, false, false, true, true])
    }
}

import Formats
import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// Objects captured from real controllers (Argo Rollouts 1.6.6 to 1.9.1), with the facts known about each.
struct Captured: Decodable, CustomTestStringConvertible, Sendable {
    struct Sides: Decodable, Equatable {
        var status: Int64
        var live: Int64
    }

    enum Object: Decodable {
        case rollout(Rollout)
        case replicaSet(ReplicaSet)

        private enum CodingKeys: CodingKey { case kind }

        init(from decoder: any Decoder) throws {
            let kind = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .kind)
            self = kind == "Rollout" ? .rollout(try Rollout(from: decoder)) : .replicaSet(try ReplicaSet(from: decoder))
        }
    }

    var name: String
    var at: String
    var diagnosis: String?
    var diagnosisLater: String?
    var failing: [String: Sides]
    var objects: [Object]

    var testDescription: String { name }

    var rollout: Rollout? {
        objects.compactMap { if case .rollout(let rollout) = $0 { rollout } else { nil } }.first
    }

    var evidence: Evidence {
        .live(objects.compactMap { if case .replicaSet(let replicaSet) = $0 { replicaSet } else { nil } })
    }

    static let all: [Captured] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/captured.json")
        do {
            return try JSONDecoder().decode([Captured].self, from: Data(contentsOf: file))
        } catch {
            Issue.record("\(file.path): \(error)")
            return []
        }
    }()
}

@Suite struct CapturedTests {
    @Test func allAreThere() {
        #expect(Captured.all.count == 17)
        #expect(Set(Captured.all.compactMap(\.diagnosis)).contains("stale"))
    }

    @Test(arguments: Captured.all)
    func theWordAtThatMoment(_ captured: Captured) throws {
        let rollout = try #require(captured.rollout)
        let now = try #require(Timestamp(rfc3339: captured.at))
        let evidence = rollout.needsLook ? captured.evidence : .notGiven
        #expect(rollout.diagnosis(evidence, now: now)?.rawValue == captured.diagnosis)
    }

    /// A file is judged as unchanging objects.
    @Test(arguments: Captured.all)
    func theWordOfAFileJudgedLater(_ captured: Captured) throws {
        let rollout = try #require(captured.rollout)
        let now = try #require(Timestamp(rfc3339: captured.at)).advanced(by: .seconds(86_400))
        #expect(
            rollout.diagnosis(captured.evidence, now: now, absentTimes: .old)?.rawValue == captured.diagnosisLater)
    }

    @Test(arguments: Captured.all)
    func theEquationsThatFailAndByHowMuch(_ captured: Captured) throws {
        let rollout = try #require(captured.rollout)
        let failing = rollout.failingEquations(captured.evidence)
        let sides = failing.map { ($0.counter.rawValue, Captured.Sides(status: $0.believed, live: $0.real)) }
        #expect(Dictionary(uniqueKeysWithValues: sides) == captured.failing)
        if !failing.isEmpty { #expect(rollout.needsLook) }
    }

    /// The explanation contains the numbers.
    @Test func theEvidenceIsToldWithItsNumbers() throws {
        let captured = try #require(Captured.all.first { $0.name == "stale-current-down" })
        let rollout = try #require(captured.rollout)
        let now = try #require(Timestamp(rfc3339: captured.at))
        let text = rollout.explanation(of: .stale, captured.evidence, now: now)
        #expect(text.contains("status says 7 replicas, its ReplicaSets have 5"))
    }
}

import Rollouts
import Testing

@testable import RolloutHeal

@Suite struct EventCorrelatorTests {
    private func subject(_ name: String = "web", reason: String = "RolloutRefreshed") -> EventCorrelator.Subject {
        .init(
            id: RolloutID(namespace: "shop", name: name), uid: "u", reason: reason, action: "Refresh", type: "Normal")
    }

    @Test func aRepeatedEventRaisesTheCountOfTheFirst() {
        var correlator = EventCorrelator()
        #expect(correlator.decide(subject(), note: "n", name: "a", at: .zero) == .create(note: "n"))
        #expect(correlator.decide(subject(), note: "n", name: "b", at: .seconds(60)) == .count(name: "a", 2))
        #expect(correlator.decide(subject(), note: "n", name: "c", at: .seconds(600)) == .count(name: "a", 3))
        for (other, note) in [(subject("api"), "n"), (subject(reason: "R"), "n"), (subject(), "m")] {
            #expect(correlator.decide(other, note: note, name: "d", at: .seconds(600)) == .create(note: note))
        }
    }

    @Test func afterTheWindowItIsANewEvent() {
        var correlator = EventCorrelator()
        _ = correlator.decide(subject(), note: "n", name: "a", at: .zero)
        #expect(correlator.decide(subject(), note: "n", name: "b", at: .seconds(601)) == .create(note: "n"))
    }

    /// Events that differ in their notes only are one from the eleventh on.
    @Test func similarEventsAreCombined() {
        var correlator = EventCorrelator()
        for number in 1...10 {
            #expect(
                correlator.decide(subject(), note: "\(number)", name: "e\(number)", at: .zero)
                    == .create(note: "\(number)"))
        }
        #expect(
            correlator.decide(subject(), note: "11", name: "e11", at: .zero)
                == .create(note: "(combined from similar Events): 11"))
        #expect(correlator.decide(subject(), note: "12", name: "e12", at: .zero) == .count(name: "e11", 2))
        // One of the first is still the same Event.
        #expect(correlator.decide(subject(), note: "3", name: "e13", at: .zero) == .count(name: "e3", 2))
    }

    @Test func tooManyAboutOneRolloutAreDropped() {
        var correlator = EventCorrelator()
        func decide(_ name: String, at uptime: Duration) -> EventCorrelator.Decision {
            correlator.decide(subject(name), note: "n", name: "e", at: uptime)
        }
        for _ in 0..<25 { #expect(decide("web", at: .zero) != .drop) }
        #expect(decide("web", at: .seconds(299)) == .drop)
        #expect(decide("api", at: .seconds(299)) == .create(note: "n"))
        #expect(decide("web", at: .seconds(301)) != .drop)
        #expect(decide("web", at: .seconds(302)) == .drop)
    }

    @Test func memoryIsBounded() {
        var correlator = EventCorrelator()
        for number in 0..<10_000 {
            let decision = correlator.decide(
                subject("web-\(number)"), note: "n", name: "e", at: .milliseconds(number))
            #expect(decision == .create(note: "n"))
        }
        #expect(correlator.size <= 3 * EventCorrelator.mostEntries)
    }

    @Test func aReplacedEventIsCountedAnew() {
        var correlator = EventCorrelator()
        _ = correlator.decide(subject(), note: "n", name: "a", at: .zero)
        _ = correlator.decide(subject(), note: "n", name: "b", at: .zero)
        #expect(correlator.replaced("a", by: "b", note: "n") == "n")
        #expect(correlator.decide(subject(), note: "n", name: "c", at: .zero) == .count(name: "b", 2))
    }

    @Test func whatReplacesACombinedEventSaysSo() {
        var correlator = EventCorrelator()
        for number in 0...EventCorrelator.mostSimilar {
            _ = correlator.decide(subject(), note: "n\(number)", name: "e\(number)", at: .zero)
        }
        #expect(
            correlator.decide(subject(), note: "more", name: "f", at: .zero)
                == .count(name: "e\(EventCorrelator.mostSimilar)", 2))
        #expect(
            correlator.replaced("e\(EventCorrelator.mostSimilar)", by: "f", note: "more")
                == "\(EventCorrelator.prefix)more")
    }
}

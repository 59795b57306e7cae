import FoundationEssentials
import HTTPTransport

@testable import KubeClient

extension Target {
    /// Any bytes as the body of a watch: the events do not depend on the chunks, and a member found without decoding
    /// equals the decoded one.
    static let watchStream = Target(name: "watch") { bytes in
        let whole = events([bytes])
        let pieces = events(cut(bytes))
        precondition(
            whole.events
                == planted(
                    pieces.events, as: [],
                    where: whole.events.contains { $0.kind == .deleted && $0.resourceVersion == nil }),
            "the cut decides which events come")
        precondition(whole.isMalformed == pieces.isMalformed, "the cut decides whether it is a watch")
        for event in whole.events {
            guard let decoded = try? JSONDecoder().decode(Versioned.self, from: Data(event.object)),
                let version = event.resourceVersion, let isOne = decoded.metadata?.resourceVersion
            else { continue }
            // Of equal keys, the first counts here and the last there; the API server sends no duplicates.
            guard event.object.occurrences(of: "\"resourceVersion\"") == 1,
                event.object.occurrences(of: "\"metadata\"") == 1
            else { continue }
            precondition(version == isOne, "another version than the object's")
        }
    }

    private struct Versioned: Decodable {
        struct Metadata: Decodable {
            var resourceVersion: String?
        }

        var metadata: Metadata?
    }
}

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

private func events(_ pieces: [[UInt8]]) -> (events: [WatchEvent], isMalformed: Bool) {
    var splitter = JSONSplitter()
    var events: [WatchEvent] = []
    for piece in pieces {
        let fed = Result { () throws(JSONSplitter.Failure) in try splitter.feed(piece) }
        // Events that were complete before the fault count, as in the client.
        for object in (try? fed.get()) ?? splitter.takeCompleted() {
            guard case .single(let json) = object, let event = try? WatchEvent(json, from: things) else {
                return (events, true)
            }
            events.append(event)
        }
        if (try? fed.get()) == nil { return (events, true) }
    }
    return (events, false)
}

extension [UInt8] {
    func occurrences(of text: String) -> Int {
        let wanted = Array(text.utf8)
        var rest = self[...]
        var count = 0
        while let range = rest.firstRange(of: wanted) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}

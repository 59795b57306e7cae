import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

/// Runs a reflector on scripted responses until they are used up.
func reflect(
    _ answers: [Result<HTTPResponse, HTTPTransportError>], isFatal: Bool = false, streamsLists: Bool = false
) async -> (events: [String], urls: [String], sleeps: [Duration], error: KubeError?) {
    let queue = Mutex(answers[...])
    let time = ManualTime()
    let transport = ScriptedTransport { _ async throws(HTTPTransportError) in
        guard let answer = queue.withLock({ $0.popFirst() }) else { throw .cancelled }
        return try answer.get()
    }
    let client = KubeClient(
        connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
        environment: HostEnvironment(variables: [:], workingDirectory: "/") {
            _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
        }, time: time.source, userAgent: "test/1")
    var timing = Reflector.Timing()
    timing.streamsLists = streamsLists
    let reflector = Reflector(
        client, things, namespace: "ns", time: time.source, timing: timing, isFatal: { _ in isFatal })
    var events: [String] = []
    var failure: KubeError?
    do throws(KubeError) {
        try await reflector.run { event in
            switch event {
            case .listing: events.append("listing")
            case .synced: events.append("synced")
            case .watching: events.append("watching")
            case .heard: events.append("heard")
            case .listed(let json): events.append("listed \(name(json))")
            case .changed(let json): events.append("changed \(name(json))")
            case .deleted(let json): events.append("deleted \(name(json))")
            case .interrupted(_, let pause): events.append("interrupted \(pause.reason.rawValue)")
            }
        }
    } catch {
        failure = error
    }
    let urls = transport.requests.map { String($0.url.split(separator: "?").last ?? "") }
    return (events, urls, time.sleeps, failure)
}

func name(_ json: [UInt8]) -> String {
    JSONMember.value(of: "metadata", in: json[...]).flatMap { JSONMember.string("name", in: $0) } ?? "?"
}

func list(_ names: String..., version: String?) -> Result<HTTPResponse, HTTPTransportError> {
    let items = names.map { "{\"metadata\":{\"name\":\"\($0)\"}}" }.joined(separator: ",")
    let metadata = version.map { "{\"resourceVersion\":\"\($0)\"}" } ?? "{}"
    return .success(.scripted(body: "{\"kind\":\"ThingList\",\"metadata\":\(metadata),\"items\":[\(items)]}"))
}

func stream(_ text: String, failure: HTTPTransportError? = nil) -> Result<HTTPResponse, HTTPTransportError> {
    .success(.scripted(body: text, failure: failure))
}

func refusal(_ code: Int, _ reason: String = "") -> Result<HTTPResponse, HTTPTransportError> {
    .success(FakeCluster.failure(code, reason, "said so"))
}

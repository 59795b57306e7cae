import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

private func page(_ items: String, _ metadata: String, metadataFirst: Bool) -> HTTPResponse {
    let parts = ["\"metadata\":{\(metadata)}", "\"items\":[\(items)]"]
    return .scripted(body: "{" + (metadataFirst ? parts : parts.reversed()).joined(separator: ",") + "}")
}

private func client(_ transport: any HTTPTransport) -> KubeClient {
    KubeClient(
        connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h", port: 6443)), transport: transport,
        environment: HostEnvironment(
            variables: [:], workingDirectory: "/", readFile: { _ throws(HostEnvironment.FileError) in [] }),
        time: ManualTime().source, userAgent: "test/1")
}

/// Requests for the next page.
@Suite(.timeLimit(.minutes(1))) struct PagingTests {
    /// Sent before the first page's items are handed out; otherwise the second item would never arrive.
    @Test(arguments: [true, false])
    func theNextPageIsAskedForWhileThisOneIsRead(metadataFirst: Bool) async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let transport = ScriptedTransport { request async throws(HTTPTransportError) in
            guard request.url.contains("continue=t") else {
                return page("{\"a\":1},{\"a\":2}", "\"continue\":\"t\"", metadataFirst: metadataFirst)
            }
            ask.yield()
            return page("{\"a\":3}", "", metadataFirst: metadataFirst)
        }
        var objects = client(transport).list(things, ListOptions(namespace: nil)).makeAsyncIterator()
        #expect(try await objects.next() == .item(Array("{\"a\":1}".utf8)))
        for await _ in asked { break }
        #expect(try await objects.next() == .item(Array("{\"a\":2}".utf8)))
        #expect(try await objects.next() == .item(Array("{\"a\":3}".utf8)))
        #expect(try await objects.next() == nil)
        #expect(transport.requests.count == 2)
    }

    @Test func whoStopsReadingEndsTheRequestForTheNextPage() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let transport = ScriptedTransport { request async throws(HTTPTransportError) in
            guard request.url.contains("continue=t") else {
                return page("{\"a\":1}", "\"continue\":\"t\"", metadataFirst: true)
            }
            try? await Task.sleep(for: .seconds(3600))
            end.yield()
            throw .cancelled
        }
        do {
            var objects = client(transport).list(things, ListOptions(namespace: nil)).makeAsyncIterator()
            #expect(try await objects.next() != nil)
        }
        for await _ in ended { break }
    }

    /// If the token expires while the previous page is read, this is reported after that page, once.
    @Test func anEarlyRefusalWaitsForItsTurn() async throws {
        let transport = ScriptedTransport(queue: [
            .success(page("{\"a\":1},{\"a\":2}", "\"continue\":\"t\"", metadataFirst: true)),
            .success(FakeCluster.failure(410, "Expired", "too old")),
            .success(page("{\"a\":4}", "", metadataFirst: true)),
        ])
        var seen: [String] = []
        for try await element in client(transport).list(things, ListOptions(namespace: nil)) {
            switch element {
            case .item(let json): seen.append(String(decoding: json, as: UTF8.self))
            case .startedOver: seen.append("again")
            }
        }
        #expect(seen == ["{\"a\":1}", "{\"a\":2}", "again", "{\"a\":4}"])
    }

    @Test(arguments: [
        ("", "10 pages of it are empty", 11), ("{\"a\":1}", "it has more than 20000 pages", 20_001),
    ])
    func pagesWithoutEndHaveABound(items: String, text: String, most: Int) async throws {
        let number = Mutex(0)
        let transport = ScriptedTransport { _ async throws(HTTPTransportError) in
            let next = number.withLock { count in
                count += 1
                return count
            }
            return page(items, "\"continue\":\"t\(next)\"", metadataFirst: true)
        }
        let error = await #expect(throws: KubeError.self) {
            for try await _ in client(transport).list(things, ListOptions(namespace: nil)) {}
        }
        #expect(error?.message.contains(text) == true)
        #expect(number.withLock { $0 } <= most)
    }

    @Test func progressCountsWhatCameAndTellsOfHowMany() async throws {
        let told = Mutex<[ListProgress]>([])
        let transport = ScriptedTransport(queue: [
            .success(page("{\"a\":1},{\"a\":2}", "\"continue\":\"t\",\"remainingItemCount\":3", metadataFirst: false)),
            .success(page("{\"a\":3},{\"a\":4},{\"a\":5}", "", metadataFirst: false)),
        ])
        let list = client(transport).list(things, ListOptions(namespace: nil)) { new in told.withLock { $0.append(new) }
        }
        for try await _ in list {}
        let all = told.withLock { $0 }
        #expect(all.first == ListProgress(items: 2, total: nil))
        #expect(all.contains(ListProgress(items: 2, total: 5)))
        #expect(all.last == ListProgress(items: 5, total: 5))
    }
}

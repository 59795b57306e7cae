import FoundationEssentials
import KubeClient

extension Target {
    /// Any bytes give the same objects or error in chunks as in one piece; for a list that a full decoder reads, they
    /// are the items that the decoder finds.
    static let jsonSplitter = Target(name: "json") { bytes in
        let whole = split([bytes])
        let pieces = split(cut(bytes))
        let count = (try? whole.get().count) ?? 0
        precondition(
            whole == planted(pieces, as: .success([]), where: count > 6), "the cut decides what is read")
        guard let objects = try? whole.get(), objects.contains(where: \.isEndOfList),
            String(validating: bytes, as: UTF8.self) != nil, let list = decoded(bytes), case .object(let root) = list
        else { return }
        // Which of two equal keys counts is undefined.
        guard bytes.occurrences(of: "items") == 1, case .array(let items) = root["items"] else { return }
        let given = objects.compactMap(\.item)
        precondition(given.map(decoded) == items.filter(\.isObject), "other items than a decoder finds")
    }
}

private func split(_ pieces: [[UInt8]]) -> Result<[JSONSplitter.Object], JSONSplitter.Failure> {
    var splitter = JSONSplitter()
    var objects: [JSONSplitter.Object] = []
    do throws(JSONSplitter.Failure) {
        for piece in pieces { objects += try splitter.feed(piece) }
        try splitter.finish()
        return .success(objects)
    } catch {
        return .failure(error)
    }
}

extension JSONSplitter.Object {
    fileprivate var isEndOfList: Bool {
        if case .endOfList = self { true } else { false }
    }

    fileprivate var item: [UInt8]? {
        if case .item(let json) = self { json } else { nil }
    }
}

private func decoded(_ json: [UInt8]) -> JSONTree? {
    try? JSONDecoder().decode(JSONTree.self, from: Data(json))
}

/// JSON as a full decoder reads it.
private enum JSONTree: Decodable, Equatable {
    case object([String: JSONTree])
    case array([JSONTree])
    case text(String)
    case number(Double)
    case truth(Bool)
    case null

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        // A fault further inside fails here too: only the kind of value is tried.
        if let members = try? decoder.container(keyedBy: Key.self) {
            self = .object(
                try members.allKeys.reduce(into: [:]) { object, key in
                    object[key.stringValue] = try members.decode(JSONTree.self, forKey: key)
                })
        } else if var elements = try? decoder.unkeyedContainer() {
            var array: [JSONTree] = []
            while !elements.isAtEnd { array.append(try elements.decode(JSONTree.self)) }
            self = .array(array)
        } else {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let truth = try? value.decode(Bool.self) {
                self = .truth(truth)
            } else {
                self = .number(try value.decode(Double.self))
            }
        }
    }

    var isObject: Bool {
        if case .object = self { true } else { false }
    }
}

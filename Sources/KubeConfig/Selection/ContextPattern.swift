/// A context's name in which `*` stands for any characters, none included, and `?` for exactly one.
package struct ContextPattern: Sendable, Equatable {
    private let scalars: [Unicode.Scalar]

    package init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// Takes time in the order of both lengths' product at the most: only the last `*` is ever tried again.
    package func matches(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        var (place, read) = (0, 0)
        var retry: (place: Int, read: Int)?
        while read < name.count {
            if place < scalars.count, scalars[place] == "*" {
                place += 1
                retry = (place, read)
            } else if place < scalars.count, scalars[place] == "?" || scalars[place] == name[read] {
                place += 1
                read += 1
            } else if let last = retry {
                retry = (last.place, last.read + 1)
                (place, read) = (last.place, last.read + 1)
            } else {
                return false
            }
        }
        return scalars[place...].allSatisfy { $0 == "*" }
    }
}

extension MergedKubeConfig {
    /// The names of the contexts that `patterns` match, each once, by name; a pattern that matches none is an error.
    package func contexts(matching patterns: [String]) throws(KubeConfigError) -> [String] {
        var matching: Set<String> = []
        for text in patterns {
            let pattern = ContextPattern(text)
            let names = contexts.names.filter(pattern.matches)
            if names.isEmpty { throw .noMatchingContext(text, known: contexts.names) }
            matching.formUnion(names)
        }
        return matching.sorted()
    }
}

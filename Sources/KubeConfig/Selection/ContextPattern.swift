/// A pattern for context names: `*` matches any number of characters, `?` exactly one.
package struct ContextPattern: Sendable, Equatable {
    private let scalars: [Unicode.Scalar]

    package init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// Matches in at most O(pattern × name): only the last `*` is backtracked to.
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
    /// Returns the names of the contexts that match any of `patterns`, sorted.
    ///
    /// - Throws: ``KubeConfigError/noMatchingContext(_:known:)`` if a pattern matches none.
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

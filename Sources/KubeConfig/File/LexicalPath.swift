/// Path operations on text, like Go's `path/filepath`: no file system, no `~`, no symbolic links.
enum LexicalPath {
    static func join(_ base: String, _ path: String) -> String {
        path.hasPrefix("/") ? path : clean("\(base)/\(path)")
    }

    /// Removes `.`, `..` and repeated slashes.
    static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return path.hasPrefix("/") ? "/\(joined)" : joined.isEmpty ? "." : joined
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return clean(slash == path.startIndex ? "/" : String(path[..<slash]))
    }
}

extension HostEnvironment {
    func absolute(_ path: String) -> String {
        LexicalPath.join(workingDirectory, path)
    }

    /// Reads the file at a path that may be relative to the working directory.
    package func read(_ path: String) throws(FileError) -> [UInt8] {
        try readFile(absolute(path))
    }

    /// Returns a variable that is set and not empty; Go's tools do not distinguish empty from unset.
    func variable(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

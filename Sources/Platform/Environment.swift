// The list of variables is a global that C does not protect; nobody here changes it while other threads run.
#if canImport(Glibc)
    @unsafe @preconcurrency internal import Glibc
#elseif canImport(Musl)
    @unsafe @preconcurrency internal import Musl
#else
    @unsafe @preconcurrency internal import Darwin
#endif

extension ThisProcess {
    /// Environment variables as they are now; the first of a name counts, as for getenv.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        #if canImport(Darwin)
            var entry = unsafe _NSGetEnviron().pointee
        #else
            var entry = unsafe environ
        #endif
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, variables[String(pair[0])] == nil { variables[String(pair[0])] = String(pair[1]) }
            unsafe entry += 1
        }
        return variables
    }
}

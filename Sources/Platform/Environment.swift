// C does not protect the global `environ`; this program does not change it while other threads run.
#if canImport(Glibc)
    @unsafe @preconcurrency internal import Glibc
#elseif canImport(Musl)
    @unsafe @preconcurrency internal import Musl
#else
    @unsafe @preconcurrency internal import Darwin
#endif

extension ThisProcess {
    /// The current environment variables; the first of a name counts, as in getenv.
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

internal import CBuildInfo

/// The version, commit, platform and compiler of this build.
enum BuildInfo {
    static let version = "v0.2.0"

    static var commit: String { unsafe String(cString: build_commit()) }

    /// In client-go's format, where `kubernetes/` and a commit is last; kubectl's own is
    /// `kubectl/v1.32.5 (linux/amd64) kubernetes/9894294`.
    static func userAgent(_ command: String) -> String {
        "kubectl-rollout-heal/\(version) (\(platform)) \(command)"
    }

    static var platform: String {
        #if os(Linux)
            let system = "linux"
        #else
            let system = "darwin"
        #endif
        #if arch(arm64)
            return "\(system)/arm64"
        #else
            return "\(system)/amd64"
        #endif
    }

    static var swift: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}

internal import Formats

/// `--request-timeout` as kubectl reads it (client-go tools/clientcmd ParseTimeout, Go time.ParseDuration).
package enum RequestTimeout {
    /// Past this, 292 years, Go's own overflows.
    private static let mostSeconds = Int64.max / 1_000_000_000

    /// Nil for none: zero or negative. A bare integer is seconds.
    package static func parse(_ text: String) throws(KubeConfigError) -> Duration? {
        if let seconds = Int64(text), seconds >= 0 {
            guard seconds <= mostSeconds else { throw .invalidTimeout }
            return seconds == 0 ? nil : .seconds(seconds)
        }
        guard let duration = GoDuration.parse(text) else { throw .invalidTimeout }
        return duration > .zero ? duration : nil
    }
}

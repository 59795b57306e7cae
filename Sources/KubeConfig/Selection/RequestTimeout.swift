internal import Formats

/// `--request-timeout` as kubectl parses it (client-go tools/clientcmd `ParseTimeout`, Go `time.ParseDuration`).
package enum RequestTimeout {
    /// The limit of Go's own durations: 292 years.
    private static let mostSeconds = Int64.max / 1_000_000_000

    /// Parses the timeout; nil for zero or a negative value, which mean none. An integer is seconds.
    ///
    /// - Throws: ``KubeConfigError/invalidTimeout``.
    package static func parse(_ text: String) throws(KubeConfigError) -> Duration? {
        if let seconds = Int64(text), seconds >= 0 {
            guard seconds <= mostSeconds else { throw .invalidTimeout }
            return seconds == 0 ? nil : .seconds(seconds)
        }
        guard let duration = GoDuration.parse(text) else { throw .invalidTimeout }
        return duration > .zero ? duration : nil
    }
}

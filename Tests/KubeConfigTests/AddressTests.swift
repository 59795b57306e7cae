import KubeConfig
import Testing

struct AddressTests {
    @Test(arguments: [
        ("https://h", "https://h"), ("https://h/", "https://h"), ("HTTPS://h:6443", "https://h:6443"),
        ("http://h", "http://h"),
        ("https://h/a/b/", "https://h/a/b"), ("https://h//a/./b/../c", "https://h/a/c"),
        ("https://h/a%2Fb", "https://h/a%2Fb"),
        ("https://h?x=1", "https://h"), ("https://h/a?x=1#f", "https://h/a"), ("https://h#f", "https://h"),
        ("https://[::1]", "https://[::1]"),
        ("https://[fd00::1]:6443/p", "https://[fd00::1]:6443/p"),
        ("https://[fe80::1%25eth0]:1", "https://[fe80::1%25eth0]:1"),
        ("https://10.0.0.1:443", "https://10.0.0.1:443"), ("https://h:", "https://h"),
        ("https://a_b.example-c.io", "https://a_b.example-c.io"),
        ("https://h/..", "https://h"),
    ])
    func servers(text: String, url: String) throws {
        #expect(try ServerURL(parsing: text).description == url)
    }

    @Test(
        arguments: [
            ("h", .noScheme), ("h:6443", .noScheme), ("10.0.0.1:6443/x", .noScheme), ("//h", .noScheme),
            ("ftp://h", .unsupportedScheme("ftp")),
            ("unix:///run/x", .malformed), ("https://", .malformed), ("https:///p", .malformed),
            ("https://h:port", .malformed),
            ("https://h:99999", .malformed), ("https://h:0", .malformed), ("https://h:-1", .malformed),
            ("https://a b", .malformed),
            ("https://h\n", .malformed), ("https://::1", .malformed), ("https://[::1", .malformed),
            ("https://[h]", .malformed),
            ("https://[1.2.3.4]", .malformed), ("https://h%41", .malformed), ("://h", .malformed),
            ("1x://h", .malformed),
            ("https://u@h", .userInfo), ("https://u:p@h", .userInfo), ("https://<h>", .malformed),
            ("https://[::1]x", .malformed),
        ] as [(String, ServerURL.Flaw)])
    func refused(text: String, flaw: ServerURL.Flaw) {
        #expect(throws: flaw) { try ServerURL(parsing: text) }
    }

    @Test(
        arguments: [
            ("5", .seconds(5)), ("+5", .seconds(5)), ("0", nil), ("0s", nil), ("-0", nil), ("-5s", nil), ("-1h", nil),
            ("1s", .seconds(1)),
            ("1m30s", .seconds(90)), ("2h", .seconds(7200)), ("1.5s", .milliseconds(1500)), (".5m", .seconds(30)),
            ("300ms", .milliseconds(300)),
            ("1us", .microseconds(1)), ("1µs", .microseconds(1)), ("1μs", .microseconds(1)), ("7ns", .nanoseconds(7)),
            ("1h1m1s", .seconds(3661)),
            ("+1.s", .seconds(1)), ("-0.1s", nil), ("1s1s", .seconds(2)),
        ] as [(String, Duration?)])
    func timeouts(text: String, duration: Duration?) throws {
        #expect(try RequestTimeout.parse(text) == duration)
        #expect(try resolve(config()) { $0.requestTimeout = text }.requestTimeout == duration)
    }

    @Test(arguments: [
        "abc", "-5", "1h1", " 5", "5 ", "1d", "s", ".s", "1.2.3s", "--1s", "1 s", "", "+", "1S", "99999999999999999999",
        "9999999999h", "5m-1s", "٣s",
    ])
    func badTimeouts(text: String) {
        #expect(throws: KubeConfigError.invalidTimeout) { try RequestTimeout.parse(text) }
    }
}

import Formats
import TestSupport
import Testing

@testable import KubeClient

@Suite struct ServerClockTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777 as Int64?), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Sun, 01 Mar 2026 12:00:00 GMT", 1_772_366_400),
        ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("", nil),
        ("Sun, 06 Nov 1994 25:49:37 GMT", nil), ("Sun, 99 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", nil),
    ])
    func readsHTTPDates(text: String, seconds: Int64?) {
        #expect(HTTPDate.seconds(text) == seconds)
    }

    @Test func theServersTimeGoesOnByOurUptime() async throws {
        let time = ManualTime(start: 100)
        let clock = ServerClock(time.source)
        #expect(clock.now.secondsSince1970 == 100)
        clock.observe(date: "Thu, 01 Jan 1970 01:00:00 GMT")
        try await time.source.sleep(.seconds(30))
        #expect(clock.now.secondsSince1970 == 3630)
        clock.observe(date: "nonsense")
        clock.observe(date: nil)
        #expect(clock.now.secondsSince1970 == 3630)
    }
}

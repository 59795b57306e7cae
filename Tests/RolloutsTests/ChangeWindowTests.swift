import Formats
import TestSupport
import Testing

@testable import Rollouts

@Suite struct ChangeWindowTests {
    /// 2026-03-01 was a Sunday.
    private func moment(_ day: Int, _ time: String) throws -> Timestamp {
        let days = day < 10 ? "0\(day)" : "\(day)"
        return try #require(Timestamp(rfc3339: "2026-03-\(days)T\(time):00Z"))
    }

    @Test(arguments: [
        ("Mon-Fri 08:00-18:00", 2, "08:00", true), ("Mon-Fri 08:00-18:00", 2, "07:59", false),
        ("Mon-Fri 08:00-18:00", 2, "17:59", true), ("Mon-Fri 08:00-18:00", 2, "18:00", false),
        ("Mon-Fri 08:00-18:00", 1, "12:00", false), ("Mon-Fri 08:00-18:00", 7, "12:00", false),
        ("sat,SUN 00:00-24:00", 1, "00:00", true), ("Sat,Sun 00:00-24:00", 1, "23:59", true),
        ("Sat,Sun 00:00-24:00", 2, "00:00", false),
        ("08:00-09:00", 4, "08:30", true), ("08:00-09:00", 4, "09:00", false),
        // Over midnight: the day is that of the beginning.
        ("Fri 22:00-04:00", 6, "22:00", true), ("Fri 22:00-04:00", 7, "03:59", true),
        ("Fri 22:00-04:00", 7, "04:00", false), ("Fri 22:00-04:00", 6, "03:00", false),
        ("Fri 22:00-04:00", 7, "22:30", false),
        // Over the end of the week.
        ("Sat-Mon 10:00-11:00", 2, "10:30", true), ("Sat-Mon 10:00-11:00", 3, "10:30", false),
        ("Mon,Wed-Thu 10:00-11:00", 3, "10:30", false), ("Mon,Wed-Thu 10:00-11:00", 5, "10:30", true),
        ("Sun 20:00-00:00", 1, "23:59", true), ("Sun 20:00-00:00", 2, "00:00", false),
    ])
    func inside(text: String, day: Int, time: String, isInside: Bool) throws {
        #expect(try ChangeWindow(text).contains(moment(day, time)) == isInside)
    }

    @Test(arguments: [
        ("Mon-Fri 08:00-18:00", 1, "12:00", 2, "08:00"), ("Mon-Fri 08:00-18:00", 2, "08:00", 3, "08:00"),
        ("Mon-Fri 08:00-18:00", 6, "18:00", 9, "08:00"), ("Sun 12:00-13:00", 1, "12:00", 8, "12:00"),
        ("22:00-04:00", 1, "21:59", 1, "22:00"),
    ])
    func next(text: String, day: Int, time: String, nextDay: Int, nextTime: String) throws {
        #expect(
            try ChangeWindow(text).nextBeginning(after: moment(day, time)) == moment(nextDay, nextTime))
    }

    @Test func beforeTheYear1970() throws {
        // 1969-12-31 was a Wednesday.
        let moment = try #require(Timestamp(rfc3339: "1969-12-31T09:00:00Z"))
        #expect(try ChangeWindow("Wed 08:00-10:00").contains(moment))
        #expect(try !ChangeWindow("Thu 08:00-10:00").contains(moment))
    }

    @Test(arguments: [
        ("", "it is not DAYS HH:MM-HH:MM"), ("Mon Tue 08:00-18:00", "it is not DAYS HH:MM-HH:MM"),
        ("Mon-Fri", "Mon is not a time"), ("Mon 08:00", "08:00 is not HH:MM-HH:MM"),
        ("Mo 08:00-18:00", "Mo is not a day: use Mon, Tue"), ("Monday 08:00-18:00", "Monday is not a day"),
        ("Mon, 08:00-18:00", "a day is missing"), ("Mon-Wed-Fri 08:00-18:00", "Mon-Wed-Fri is neither a day"),
        ("8:00-18:00", "8:00 is not a time from 00:00 to 24:00"), ("08:00-24:01", "24:01 is not a time"),
        ("08:60-18:00", "08:60 is not a time"), ("08:00-", "nothing is not a time"), ("+8:00-18:00", "+8:00 is not"),
        ("24:00-06:00", "no day begins at 24:00"), ("08:00-08:00", "it begins when it ends"),
        ("08:00-18:00-20:00", "is not HH:MM-HH:MM"),
    ])
    func malformed(text: String, reason: String) throws {
        let error = #expect(throws: ChangeWindow.Malformed.self) { try ChangeWindow(text) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func oneOfSeveralIsEnoughAndNoneIsAlways() throws {
        let windows = ChangeWindows(try [ChangeWindow("Mon 08:00-09:00"), ChangeWindow("Tue 08:00-09:00")])
        #expect(try windows.isOpen(at: moment(3, "08:30")))
        let closed = try windows.reading(at: moment(2, "10:00"))
        #expect(try closed.isOpen == false && closed.opensAt == moment(3, "08:00"))
        #expect(closed.reason == "outside Mon 08:00-09:00, Tue 08:00-09:00 UTC; opens at 2026-03-03T08:00:00Z")
        #expect(try windows.reading(at: moment(2, "08:00")).isOpen == true)
        #expect(try ChangeWindows().reading(at: moment(1, "00:00")).isOpen == true)
    }
}

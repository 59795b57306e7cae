import Testing

import Formats

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0 as Int64),
        ("2026-03-01T12:00:00Z", 1_772_366_400),
        ("2026-03-01T13:00:00+01:00", 1_772_366_400),
        ("2026-03-01T06:30:00-05:30", 1_772_366_400),
        ("2026-03-01t12:00:00z", 1_772_366_400),
        ("2026-03-01T12:00:00.999999999Z", 1_772_366_400),
        ("2024-02-29T00:00:00Z", 1_709_164_800),
        ("2000-02-29T23:59:59Z", 951_868_799),
        ("1969-12-31T23:59:59Z", -1),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
    ])
    func readsRFC3339(text: String, seconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.secondsSince1970 == seconds)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-03-01T12:00:00", "2026-3-1T12:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z", "2026-03-01T12:00:61Z", "2026-03-01 12:00:00Z",
        "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00+0100", "2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00Z ",
        "+026-03-01T12:00:00Z", "٢٠٢٦-03-01T12:00:00Z", "soon",
    ])
    func refusesAnythingElse(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        0 as Int64, -1, 86_399, 86_400, 951_782_400, 951_868_800, 1_709_164_800, 1_772_366_400, 4_107_542_400,
        253_402_300_799, -62_135_596_800,
    ])
    func writesWhatItReads(seconds: Int64) {
        let moment = Timestamp(secondsSince1970: seconds)
        #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
    }

    @Test func everyDayOfFourCenturiesIsItsOwn() {
        var last = ""
        for day in stride(from: 0 as Int64, through: 146_097, by: 1) {
            let moment = Timestamp(secondsSince1970: day * 86_400)
            let text = moment.rfc3339
            #expect(text > last && Timestamp(rfc3339: text) == moment)
            last = text
        }
    }

    @Test func arithmeticSaturates() {
        let early = Timestamp(secondsSince1970: .min)
        let late = Timestamp(secondsSince1970: .max)
        #expect(early.duration(to: late) == .seconds(Int64.max))
        #expect(late.duration(to: early) == .seconds(Int64.min))
        #expect(late.advanced(by: .seconds(1)) == late)
        #expect(early.advanced(by: .seconds(-1)) == early)
        #expect(!late.rfc3339.isEmpty && !early.rfc3339.isEmpty)
    }
}

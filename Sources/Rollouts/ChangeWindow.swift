package import Formats

/// Hours in which changes are allowed, in UTC, such as `Mon-Fri 08:00-18:00`.
///
/// The days are those on which it begins: `Fri 22:00-04:00` ends on Saturday.
package struct ChangeWindow: Sendable, Equatable {
    /// Why a text is no window, as the end of a sentence.
    package struct Malformed: Error, Sendable, Equatable {
        package var reason: String
    }

    private static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let minutesOfDay: Int64 = 24 * 60

    /// The window as it was written.
    package let text: String
    /// Monday is 0.
    private let days: Set<Int>
    /// Minutes after midnight.
    private let begin: Int64
    /// Minutes, from 1 to those of one day.
    private let length: Int64

    /// Parses `[DAYS] HH:MM-HH:MM`; days are `Mon`, `Mon-Fri` or `Mon,Wed-Fri`, and without them every day is meant. An
    /// end that is not later than the beginning is on the next day; `24:00` is the end of the day.
    package init(_ text: String) throws(Malformed) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard (1...2).contains(words.count) else {
            throw Malformed(reason: "it is not DAYS HH:MM-HH:MM, such as Mon-Fri 08:00-18:00")
        }
        days = words.count == 2 ? try Self.days(words[0]) : Set(Self.dayNames.indices)
        let times = words[words.count - 1].split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2 else {
            throw Malformed(reason: "\(words[words.count - 1]) is not HH:MM-HH:MM, such as 08:00-18:00")
        }
        begin = try Self.minute(times[0])
        let end = try Self.minute(times[1])
        if begin == Self.minutesOfDay { throw Malformed(reason: "no day begins at 24:00; write 00:00") }
        if begin == end { throw Malformed(reason: "it begins when it ends; the whole day is 00:00-24:00") }
        length = end > begin ? end - begin : end + Self.minutesOfDay - begin
        self.text = words.joined(separator: " ")
    }

    private static func days(_ text: Substring) throws(Malformed) -> Set<Int> {
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count) else {
                throw Malformed(reason: "\(part) is neither a day nor a range such as Mon-Fri")
            }
            let first = try day(ends[0])
            let last = try day(ends[ends.count - 1])
            // Fri-Mon goes over the end of the week.
            for offset in 0...(last - first + 7) % 7 { days.insert((first + offset) % 7) }
        }
        return days
    }

    private static func day(_ text: Substring) throws(Malformed) -> Int {
        guard let day = dayNames.firstIndex(where: { $0.lowercased() == text.lowercased() }) else {
            throw Malformed(
                reason: text.isEmpty
                    ? "a day is missing" : "\(text) is not a day: use \(dayNames.joined(separator: ", "))")
        }
        return day
    }

    private static func minute(_ text: Substring) throws(Malformed) -> Int64 {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isNumeric = parts.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard parts.count == 2, isNumeric, let hour = Int64(parts[0]), let minute = Int64(parts[1]), minute < 60,
            hour < 24 || (hour == 24 && minute == 0)
        else { throw Malformed(reason: "\(text.isEmpty ? "nothing" : text) is not a time from 00:00 to 24:00") }
        return hour * 60 + minute
    }

    /// Whether `moment` is inside; the end is outside.
    package func contains(_ moment: Timestamp) -> Bool {
        beginnings(-1...0, around: moment).contains { begin in
            begin <= moment && moment < begin + .seconds(length * 60)
        }
    }

    /// The first beginning after `moment`.
    package func nextBeginning(after moment: Timestamp) -> Timestamp? {
        beginnings(0...7, around: moment).first { $0 > moment }
    }

    /// When it begins on the days at these distances from that of `moment`.
    private func beginnings(_ offsets: ClosedRange<Int64>, around moment: Timestamp) -> [Timestamp] {
        let secondsOfDay = Self.minutesOfDay * 60
        let seconds = moment.secondsSince1970
        let today = (seconds - ((seconds % secondsOfDay) + secondsOfDay) % secondsOfDay) / secondsOfDay
        return offsets.compactMap { offset in
            let day = today + offset
            // 1970-01-01 was a Thursday.
            let weekday = Int(((day + 3) % 7 + 7) % 7)
            guard days.contains(weekday) else { return nil }
            return Timestamp(secondsSince1970: day * secondsOfDay + begin * 60)
        }
    }
}

/// All windows together; none means that changes are always allowed.
package struct ChangeWindows: Sendable, Equatable {
    package var all: [ChangeWindow]

    package init(_ all: [ChangeWindow] = []) {
        self.all = all
    }

    package func isOpen(at moment: Timestamp) -> Bool {
        all.isEmpty || all.contains { $0.contains(moment) }
    }

    /// The gate `window` at `moment`.
    package func reading(at moment: Timestamp) -> Reading {
        if all.isEmpty { return Reading(.window, isOpen: true, "restarts are allowed at any time") }
        let texts = all.map(\.text).joined(separator: ", ")
        if isOpen(at: moment) { return Reading(.window, isOpen: true, "inside \(texts) UTC") }
        let opensAt = all.compactMap { $0.nextBeginning(after: moment) }.min()
        return Reading(
            .window, isOpen: false, "outside \(texts) UTC" + (opensAt.map { "; opens at \($0.rfc3339)" } ?? ""),
            opensAt: opensAt)
    }
}

internal import FoundationEssentials
internal import Glibc
internal import Metrics

/// What every exporter tells of its own process, under the names that dashboards know; Linux only.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        // After the command's name, which may contain anything: field 3 of proc(5) comes first.
        guard let stat = read("/proc/self/stat"), let end = stat.lastIndex(of: ")") else { return [] }
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return [] }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        return [
            family("cpu_seconds_total", .counter, "User and system time.", (fields[11] + fields[12]) / ticks),
            family("resident_memory_bytes", .gauge, "Resident memory.", fields[21] * page),
            family("virtual_memory_bytes", .gauge, "Virtual memory.", fields[20]),
            family("start_time_seconds", .gauge, "Start, since the epoch.", bootTime + fields[19] / ticks),
            family("open_fds", .gauge, "Open file descriptors.", openDescriptors),
            family("max_fds", .gauge, "The limit of open file descriptors.", descriptorLimit),
        ]
    }

    private static func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double)
        -> MetricFamily
    {
        var family = MetricFamily("process_\(name)", kind, help)
        family.set(value)
        return family
    }

    private static var bootTime: Double {
        let line = read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }

    private static var openDescriptors: Double {
        Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
    }

    private static var descriptorLimit: Double {
        let line = read("/proc/self/limits")?.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
    }

    private static func read(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }
}

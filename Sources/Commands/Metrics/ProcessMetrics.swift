internal import Metrics
internal import Platform

/// The standard metrics of an exporter's own process, under their customary names; Linux only.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        guard let usage = ProcessUsage.current() else { return [] }
        return [
            family("cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.", usage.cpuSeconds),
            family("resident_memory_bytes", .gauge, "Resident memory size in bytes.", usage.residentBytes),
            family("virtual_memory_bytes", .gauge, "Virtual memory size in bytes.", usage.virtualBytes),
            family("start_time_seconds", .gauge, "Start time since the Unix epoch in seconds.", usage.startSeconds),
            family("open_fds", .gauge, "Number of open file descriptors.", Double(usage.openDescriptors)),
            family("max_fds", .gauge, "Maximum number of open file descriptors.", usage.descriptorLimit),
        ]
    }

    private static func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double)
        -> MetricFamily
    {
        var family = MetricFamily("process_\(name)", kind, help)
        family.set(value)
        return family
    }
}

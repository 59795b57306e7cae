internal import Metrics
internal import Platform

/// The standard metrics of an exporter's own process, under their customary names; Linux only.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        guard let usage = ProcessUsage.current() else { return [] }
        return [
            family(
                "cpu_seconds_total", .counter, help: "Total user and system CPU time spent in seconds.",
                value: usage.cpuSeconds),
            family("resident_memory_bytes", .gauge, help: "Resident memory size in bytes.", value: usage.residentBytes),
            family("virtual_memory_bytes", .gauge, help: "Virtual memory size in bytes.", value: usage.virtualBytes),
            family(
                "start_time_seconds", .gauge, help: "Start time since the Unix epoch in seconds.",
                value: usage.startSeconds),
            family("open_fds", .gauge, help: "Number of open file descriptors.", value: Double(usage.openDescriptors)),
            family("max_fds", .gauge, help: "Maximum number of open file descriptors.", value: usage.descriptorLimit),
        ]
    }

    private static func family(
        _ name: String, _ kind: MetricFamily.Kind, help: String, value: Double
    ) -> MetricFamily {
        var family = MetricFamily("process_\(name)", kind, help: help)
        family.set(value)
        return family
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The resources that this process uses.
package struct ProcessUsage: Sendable {
    /// User plus system time.
    package var cpuSeconds: Double
    package var residentBytes: Double
    package var virtualBytes: Double
    /// Seconds since 1970.
    package var startSeconds: Double
    package var openDescriptors: Int
    /// 0 for no limit.
    package var descriptorLimit: Double

    /// Reads the values from proc(5); nil on systems without it.
    package static func current() -> ProcessUsage? {
        // Fields are counted after the command's name, which may contain anything: the first here is field 3.
        guard let stat = text(of: "/proc/self/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        return ProcessUsage(
            cpuSeconds: (fields[11] + fields[12]) / ticks, residentBytes: fields[21] * page, virtualBytes: fields[20],
            startSeconds: bootTime + fields[19] / ticks, openDescriptors: Files.count(in: "/proc/self/fd") ?? 0,
            descriptorLimit: descriptorLimit)
    }

    private static var bootTime: Double {
        let line = text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }

    private static var descriptorLimit: Double {
        let line = text(of: "/proc/self/limits")?.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
    }

    private static func text(of path: String) -> String? {
        guard let bytes = try? Files.bytes(of: path, limit: 16 << 20) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

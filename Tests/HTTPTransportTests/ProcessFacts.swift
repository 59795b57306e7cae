import Glibc

/// What the kernel knows of this process.
enum ProcessFacts {
    static var peakResidentKilobytes: Int {
        var usage = rusage()
        unsafe getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
    }

    static var openFiles: Int { entries("/proc/self/fd") }
    static var threads: Int { entries("/proc/self/task") }

    private static func entries(_ path: String) -> Int {
        guard let directory = unsafe opendir(path) else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return count
    }
}

import Glibc

/// Facts about this process from the kernel.
enum ProcessFacts {
    /// proc_pid_statm(5): the second number, in pages of 4 KiB.
    static var residentBytes: Int {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY)
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 256)
        let count = unsafe text.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        let words = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * 4096 : 0
    }

    static var openFiles: Int { entries("/proc/self/fd") }
    static var threads: Int { entries("/proc/self/task") }

    /// The IPv4 sockets of this process whose peer has the port.
    static func sockets(connectedTo port: Int) -> [(descriptor: Int32, closesOnExec: Bool)] {
        (0..<Int32(1024)).compactMap { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getpeername(descriptor, $0, &length)
                }
            }
            guard status == 0, address.sin_family == AF_INET, address.sin_port == in_port_t(port).bigEndian else {
                return nil
            }
            return (descriptor, fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    private static func entries(_ path: String) -> Int {
        guard let directory = unsafe opendir(path) else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return count
    }
}

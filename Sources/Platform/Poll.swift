#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The conditions of a descriptor that `poll` waits for or reports.
package struct Readiness: OptionSet, Sendable {
    package var rawValue: Int16

    package init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    package static let reading = Readiness(rawValue: Int16(POLLIN))
    package static let writing = Readiness(rawValue: Int16(POLLOUT))
    /// The reading end of a pipe is closed; reported even if not requested.
    package static let broken = Readiness(rawValue: Int16(POLLERR))
}

/// One of several descriptors to wait for.
package struct Watched: Sendable {
    package var descriptor: Descriptor
    package var interest: Readiness
    /// The result of ``wait(for:milliseconds:)``.
    package fileprivate(set) var state: Readiness = []

    package init(_ descriptor: Descriptor, for interest: Readiness) {
        self.descriptor = descriptor
        self.interest = interest
    }

    /// Waits until a descriptor is ready. After a signal or a timeout, none is.
    ///
    /// - Parameter milliseconds: nil waits without limit.
    package static func wait(for watched: inout [Watched], milliseconds: Int32?) {
        var entries = watched.map {
            pollfd(fd: $0.descriptor.number, events: $0.interest.rawValue, revents: 0)
        }
        let isReady = unsafe poll(&entries, nfds_t(entries.count), milliseconds ?? -1) > 0
        for index in watched.indices {
            watched[index].state = isReady ? Readiness(rawValue: entries[index].revents) : []
        }
    }
}

extension Descriptor {
    /// Waits until the descriptor is ready; empty after a signal or a timeout.
    ///
    /// - Parameter milliseconds: nil waits without limit.
    package func wait(for interest: Readiness, milliseconds: Int32?) -> Readiness {
        var entry = pollfd(fd: number, events: interest.rawValue, revents: 0)
        return unsafe poll(&entry, 1, milliseconds ?? -1) > 0 ? Readiness(rawValue: entry.revents) : []
    }
}

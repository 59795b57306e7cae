#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What may be done with a descriptor without waiting, or has happened to it.
package struct Readiness: OptionSet, Sendable {
    package var rawValue: Int16

    package init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    package static let reading = Readiness(rawValue: Int16(POLLIN))
    package static let writing = Readiness(rawValue: Int16(POLLOUT))
    /// Of a pipe: nobody reads it any more. Comes unasked.
    package static let broken = Readiness(rawValue: Int16(POLLERR))
}

/// One of several descriptors that are waited for at once.
package struct Watched: Sendable {
    package var descriptor: Descriptor
    package var interest: Readiness
    /// As ``wait(for:milliseconds:)`` has found it.
    package fileprivate(set) var state: Readiness = []

    package init(_ descriptor: Descriptor, for interest: Readiness) {
        self.descriptor = descriptor
        self.interest = interest
    }

    /// Waits until one of them is ready. After an interruption, or when time is up, none is.
    ///
    /// - Parameter milliseconds: nil waits for as long as it takes.
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
    /// What it is ready for; nothing after an interruption, or when time is up.
    ///
    /// - Parameter milliseconds: nil waits for as long as it takes.
    package func wait(for interest: Readiness, milliseconds: Int32?) -> Readiness {
        var entry = pollfd(fd: number, events: interest.rawValue, revents: 0)
        return unsafe poll(&entry, 1, milliseconds ?? -1) > 0 ? Readiness(rawValue: entry.revents) : []
    }
}

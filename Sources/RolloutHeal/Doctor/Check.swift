package import Rollouts

/// The result of one check of `doctor`.
package struct Check: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable {
        case ok
        /// Works, but not as well as it could.
        case warning
        case problem
        /// Could not be checked.
        case unknown
    }

    package enum Topic: String, Sendable, CaseIterable {
        case server = "api-server"
        case clock
        case definition = "crd"
        case rights
        case controller
        /// A Deployment or CronJob of ours.
        case installation
        case account
        case lease
        case webhook
    }

    package var topic: Topic
    /// The mode or object that it is about; nil if there is only one.
    package var subject: String?
    package var status: Status
    /// One sentence.
    package var message: String
    /// What to do; nil if nothing.
    package var remedy: String?
    /// The version of a controller; nil if unknown.
    package var version: ControllerVersion?
    /// The known faults of that version.
    package var faults: [KnownFault] = []
    /// Whether a problem is a right that is missing.
    package var isDenied = false

    init(_ topic: Topic, of subject: String? = nil, is status: Status, _ message: String, remedy: String? = nil) {
        self.topic = topic
        self.subject = subject
        self.status = status
        self.message = message
        self.remedy = remedy
    }
}

/// What `doctor` could read of one kind of object.
enum Seen<Object: Sendable>: Sendable {
    case found([Object])
    /// Why it could not be read.
    case unreadable(String)
    /// The server does not serve the kind.
    case absent
}

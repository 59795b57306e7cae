package import HTTPTransport

/// Why a request to the API failed.
package enum KubeError: Error, Sendable, Equatable {
    /// No response; `server` is `host:port`.
    case transport(HTTPTransportError, server: String)
    /// The server refused the request.
    case status(APIStatus)
    /// The server does not serve the resource: its definition is not installed.
    case notServed(APIResource)
    /// A response that the API does not send; `what` describes it.
    case malformed(what: String, url: String)
    /// A namespace or name that cannot be part of a URL.
    case invalidName(what: String, name: String, reason: String)
    /// The current user's credential could not be obtained.
    case credential(reason: String)
    /// The request was not sent: ``Call/isStillWanted`` returned false.
    case overtaken
    case cancelled

    package var status: APIStatus? {
        if case .status(let status) = self { status } else { nil }
    }

    /// Whether a webhook or policy denied the request (apiserver `webhook/errors/statuserror.go`); a webhook that could
    /// not be called does not count.
    package var isFromAdmission: Bool {
        guard let message = status?.message else { return false }
        return message.contains("admission webhook") || message.contains("ValidatingAdmissionPolicy")
    }

    /// Whether the request may have been carried out although it failed: the connection or the server broke.
    package var leavesOutcomeOpen: Bool {
        switch self {
        case .transport(let error, _):
            switch error {
            case .connectionLost, .timedOut, .bodyTooLarge, .other: true
            default: false
            }
        case .status(let status): status.code >= 500
        case .malformed: true
        default: false
        }
    }
}

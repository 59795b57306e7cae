package import HTTPTransport

/// Why a request to the API did not give what was asked for.
package enum KubeError: Error, Sendable, Equatable {
    /// No answer; `server` is `host:port`.
    case transport(HTTPTransportError, server: String)
    /// The server said no.
    case status(APIStatus)
    /// The server has no such resource: its definition is not installed.
    case notServed(APIResource)
    /// An answer that is not what the API sends; `what` says what it was instead.
    case malformed(what: String, url: String)
    /// A namespace or name that cannot be asked for.
    case invalidName(what: String, name: String, reason: String)
    /// The credential of the current user cannot be had.
    case credential(reason: String)
    /// Not sent: whoever asked for it no longer wanted it when it could have been.
    case overtaken
    case cancelled

    package var status: APIStatus? {
        if case .status(let status) = self { status } else { nil }
    }

    /// A webhook or a policy refused what the account may do (apiserver `webhook/errors/statuserror.go`); a webhook that
    /// could not be asked is no refusal.
    package var isFromAdmission: Bool {
        guard let message = status?.message else { return false }
        return message.contains("admission webhook") || message.contains("ValidatingAdmissionPolicy")
    }

    /// The connection broke, or the server failed: the request may or may not have been carried out.
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

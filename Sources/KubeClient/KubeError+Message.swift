internal import HTTPTransport

/// Messages in kubectl's words (kubectl/pkg/cmd/util: `checkErr`, `StandardErrorMessage`).
extension KubeError {
    package var message: String {
        switch self {
        case .transport(.connectionRefused(_, _), let server):
            "The connection to the server \(server) was refused - did you specify the right host or port?"
        case .transport(let error, _): "Unable to connect to the server: \(error.cause)"
        case .status(let status): status.text
        case .notServed(let resource): "the server doesn't have a resource type \"\(resource.plural)\""
        case .malformed(let what, let url): "cannot read the server's answer to \(url): \(what)"
        case .invalidName(let what, let name, let reason): "invalid \(what) \"\(name)\": [\(reason)]"
        case .credential(let reason): "Unable to connect to the server: getting credentials: \(reason)"
        case .overtaken, .cancelled: "interrupted"
        }
    }

    /// Whether ``message`` is shown without the prefix `error: `.
    package var isSentence: Bool {
        switch self {
        case .transport, .credential: true
        case .status(let status): status.code != 401
        default: false
        }
    }

    package var hint: String? {
        switch self {
        case .transport(.tls, _): "check certificate-authority and tls-server-name of the cluster in the kubeconfig"
        case .status(let status) where status.code == 401:
            "the credential of the current user is missing, wrong or expired"
        case .malformed: "is this the address of a Kubernetes API server, or that of a proxy or login page?"
        default: nil
        }
    }
}

extension APIStatus {
    fileprivate var text: String {
        if code == 401 { return "You must be logged in to the server (Unauthorized)" }
        if reason == "Invalid", let details { return invalidText(details) }
        return reason.isEmpty ? "Error from server: \(message)" : "Error from server (\(reason)): \(message)"
    }

    private func invalidText(_ details: Details) -> String {
        guard let kind = details.kind, !kind.isEmpty else { return "The request is invalid: \(message)" }
        let causes = (details.causes ?? []).map { cause in
            [cause.field, cause.message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
        }
        let subject = "The \(kind) \"\(details.name ?? "")\" is invalid"
        switch causes.count {
        case 0: return subject
        case 1: return "\(subject): \(causes[0])"
        default: return "\(subject): \n" + causes.map { "* \($0)" }.joined(separator: "\n")
        }
    }
}

extension HTTPTransportError {
    var cause: String {
        switch self {
        case .connectionRefused(let host, let port): "connection to \(host):\(port) refused"
        case .hostNotFound(let host): "lookup \(host): no such host"
        case .timedOut(let phase): "timed out while \(phase)"
        case .tls(let reason): "tls: \(reason)"
        case .connectionLost(let reason): reason
        case .proxy(let reason): "proxy: \(reason)"
        case .bodyTooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .invalidRequest(let field): "\(field) contains a character that may not be sent"
        case .invalidConfiguration(let reason): reason
        case .overtaken, .cancelled: "interrupted"
        case .other(let reason): reason
        }
    }
}

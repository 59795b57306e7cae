@testable import KubeClient

extension Target {
    /// Any bytes as the body of a refusal give a message; without a code in the body, the HTTP status is kept.
    static let status = Target(name: "status") { bytes in
        let codes = [200, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503]
        let code = codes[Int(bytes.first ?? 0) % codes.count]
        let status = APIStatus(code: code, body: Array(bytes.dropFirst()), isText: code % 2 == 0, request: "get things")
        let error = KubeError.status(status)
        let message = planted(
            error.message, as: "", where: status.details != nil && (status.code == 404 || status.code == 410))
        precondition(!message.isEmpty, "a refusal without words")
        _ = (error.hint, error.leavesOutcomeOpen, error.isSentence)
    }
}

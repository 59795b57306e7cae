internal import FoundationEssentials

/// A failure that the API server reported (`kind: Status`), or one derived from the HTTP status as client-go does.
package struct APIStatus: Sendable, Equatable {
    package struct Details: Sendable, Equatable, Decodable {
        package struct Cause: Sendable, Equatable, Decodable {
            package var reason: String?
            package var field: String?
            package var message: String?
        }

        package var kind: String?
        package var name: String?
        package var causes: [Cause]?
        package var retryAfterSeconds: Int?
    }

    /// The HTTP status, or the code in the body if it has one.
    package var code: Int
    /// Empty if the server sent none.
    package var reason: String
    package var message: String
    package var details: Details?
    /// The pause that a 429 or 5xx asks for, in `Retry-After` or `details.retryAfterSeconds`; nil if it asks for none.
    var askedPause: Duration?

    /// A longer pause is reported by commands instead of waited for.
    static let longestRetryAfter = Duration.seconds(60)

    /// The pause that a 429 or 5xx asks for; nil if it asks for none, or for more than a minute.
    package var retryAfter: Duration? { askedPause.flatMap { $0 <= Self.longestRetryAfter ? $0 : nil } }

    /// The same, but a minute instead of more, for what repeats until it succeeds.
    var boundedPause: Duration { min(askedPause ?? .zero, Self.longestRetryAfter) }

    package init(code: Int, reason: String, message: String, details: Details? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// Reads a refusal: the body if it is a Status, otherwise client-go's text for the code.
    ///
    /// - Parameter request: the request for the message, such as `get replicasets.apps [name]`.
    init(code: Int, body: [UInt8], isText: Bool, request: String) {
        if let status = try? JSONDecoder().decode(Wire.self, from: Data(body)), status.kind == "Status" {
            self.init(
                code: status.code ?? code, reason: status.reason ?? "", message: status.message ?? "",
                details: status.details)
            if self.code == 429 || self.code >= 500 {
                askedPause = status.details?.retryAfterSeconds.flatMap { $0 > 0 ? .seconds($0) : nil }
            }
            return
        }
        let shown = isText ? String(decoding: body.prefix(2048), as: UTF8.self) : "unknown"
        let (reason, message) = Self.generic(code, shown: shown)
        self.init(code: code, reason: reason, message: "\(message) (\(request))")
    }

    private struct Wire: Decodable {
        var kind: String?
        var code: Int?
        var reason: String?
        var message: String?
        var details: Details?
    }

    /// apimachinery `NewGenericServerResponse`.
    private static func generic(_ code: Int, shown: String) -> (reason: String, message: String) {
        switch code {
        case 400: ("BadRequest", "the server rejected our request for an unknown reason")
        case 401: ("Unauthorized", "the server has asked for the client to provide credentials")
        case 403: ("Forbidden", shown)
        case 404: ("NotFound", "the server could not find the requested resource")
        case 405: ("MethodNotAllowed", "the server does not allow this method on the requested resource")
        case 406: ("NotAcceptable", shown)
        case 409: ("Conflict", "the server reported a conflict")
        case 410: ("Gone", "the server no longer has the requested resource")
        case 415: ("UnsupportedMediaType", shown)
        case 422: ("Invalid", "the server rejected our request due to an error in our request")
        case 429:
            ("TooManyRequests", "the server has received too many requests and has asked us to try again later")
        case 503: ("ServiceUnavailable", "the server is currently unable to handle the request")
        case 504:
            (
                "Timeout",
                "the server was unable to return a response in the time allotted, but may still be processing the request"
            )
        case 500...:
            ("InternalError", "an error on the server (\"\(shown)\") has prevented the request from succeeding")
        default: ("", "the server responded with the status code \(code) but did not return more information")
        }
    }
}

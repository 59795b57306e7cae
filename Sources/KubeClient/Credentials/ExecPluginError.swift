/// Why a credential plugin returned no credential.
enum ExecPluginError: Error, Sendable, Equatable {
    case noTerminal
    case notFound(command: String, installHint: String?)
    case cannotStart(path: String, reason: String)
    case exited(command: String, code: Int32)
    case lost(command: String)
    case outputTooLarge(command: String, limit: Int)
    /// Names the field and the fault, never the text itself.
    case undecodable(String)
    case otherVersion(wanted: String, found: String)
    case noStatus
    case noCredential
    case halfIdentity
    case badIdentity(String)
    /// The token is not a valid header value.
    case badToken

    /// The error in client-go's words.
    var message: String {
        switch self {
        case .noTerminal: "exec plugin cannot support interactive mode: standard input is not a terminal"
        case .notFound(let command, let installHint):
            """
            exec: executable \(command) not found

            It looks like the client-go credential plugin of this user is not installed.

            What credential plugins are, and how one is configured:
                  https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
            """ + (installHint.map { "\n\n" + $0.withoutControls } ?? "")
        case .cannotStart(let path, let reason): "exec: fork/exec \(path): \(reason)"
        case .exited(let command, let code): "exec: executable \(command) failed with exit code \(code)"
        case .lost(let command): "exec: the end of executable \(command) was not seen"
        case .outputTooLarge(let command, let limit):
            "exec: executable \(command) wrote more than \(limit >> 20) MiB to stdout"
        case .undecodable(let what): "decoding stdout: \(what)"
        case .otherVersion(let wanted, let found):
            "exec plugin is configured to use API version \(wanted), plugin returned version \(found)"
        case .noStatus: "exec plugin didn't return a status field"
        case .noCredential: "exec plugin didn't return a token or cert/key pair"
        case .halfIdentity: "exec plugin returned only certificate or key, not both"
        case .badIdentity(let what): "failed parsing client key/certificate: \(what)"
        case .badToken: "invalid header field value for \"Authorization\": the token contains control characters"
        }
    }
}

extension String {
    /// Shows control and format characters as `U+001B`, except tabs and line breaks (client-go tools/clientcmd
    /// `cleanANSIEscapeCodes`).
    fileprivate var withoutControls: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control where (0x09...0x0D).contains(scalar.value): text.unicodeScalars.append(scalar)
            case .control, .format, .surrogate, .privateUse, .unassigned:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                text += "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

internal import FoundationEssentials
internal import KubeClient
internal import Rollouts

/// Asks the API server who may do what.
extension Doctor {
    private static let group = "authorization.k8s.io"
    private static let ownReviews = APIResource(group: group, version: "v1", plural: "selfsubjectaccessreviews")
    private static let reviews = APIResource(group: group, version: "v1", plural: "subjectaccessreviews")

    /// Whether an account has a right; nil with a reason if the server does not say.
    enum Access: Sendable {
        case allowed, denied
        case unknown(String)
    }

    /// A review as it is sent.
    private struct Review: Encodable {
        struct Attributes: Encodable {
            var namespace: String
            var verb: String
            var group: String
            var resource: String
            var subresource: String?
            var name: String?
        }

        struct Spec: Encodable {
            var resourceAttributes: Attributes
            var user: String?
            var groups: [String]?
        }

        var apiVersion = "authorization.k8s.io/v1"
        var kind: String
        var spec: Spec
    }

    /// A service account.
    struct Account: Sendable {
        var namespace: String
        var name: String
    }

    func checkRights() async throws(RolloutHealError) -> [Check] {
        func needs(_ mode: DoctorMode) -> [Right] { mode.rights(with: options.flags, in: options.namespace) }
        let rights = options.modes.flatMap(needs).uniqued()
        let answers = try await access(to: rights, in: options.namespace, as: nil)
        let place = options.namespace.map { "in namespace \($0)" } ?? "in all namespaces"
        return options.modes.map { mode in
            check(
                .rights, of: mode.rawValue, what: "\(mode.commands): ", needs: needs(mode), answers: answers,
                asked: place)
        }
    }

    /// - Parameter account: nil for the current user.
    func access(
        to rights: [Right], in namespace: String?, as account: Account?
    ) async throws(RolloutHealError) -> [Right: Access] {
        let answers = try await inParallel(rights) { right async throws(RolloutHealError) in
            (right, try await access(to: right, in: namespace, as: account))
        }
        return Dictionary(answers) { $1 }
    }

    private func access(
        to right: Right, in namespace: String?, as account: Account?
    ) async throws(RolloutHealError) -> Access {
        let attributes = Review.Attributes(
            namespace: right.isClusterWide ? "" : namespace ?? "", verb: right.verb, group: right.group,
            resource: right.resource, subresource: right.subresource, name: right.name)
        var spec = Review.Spec(resourceAttributes: attributes)
        if let account {
            spec.user = "system:serviceaccount:\(account.namespace):\(account.name)"
            spec.groups = [
                "system:serviceaccounts", "system:serviceaccounts:\(account.namespace)", "system:authenticated",
            ]
        }
        let kind = account == nil ? "SelfSubjectAccessReview" : "SubjectAccessReview"
        do throws(RolloutHealError) {
            guard let body = try? JSONEncoder().encode(Review(kind: kind, spec: spec)) else {
                return .unknown("the question cannot be encoded")
            }
            let review = try await read(AccessReview.self) { () async throws(KubeError) in
                try await api.client.create(
                    account == nil ? Self.ownReviews : Self.reviews, namespace: nil, body: Array(body),
                    fieldManager: RolloutAPI.fieldManager)
            }
            guard let isAllowed = review.status?.allowed else { return .unknown("the answer says nothing") }
            return isAllowed ? .allowed : .denied
        } catch {
            return .unknown(try Self.reason(error))
        }
    }

    /// One line for the rights of a mode: those that are missing, those that would be of use, or that all are there.
    ///
    /// - Parameters:
    ///   - what: the beginning of each message.
    ///   - place: where the rights were asked for, such as `in namespace shop`.
    func check(
        _ topic: Check.Topic, of subject: String, what: String = "", needs rights: [Right],
        answers: [Right: Access], asked place: String
    ) -> Check {
        var denied: [Right] = []
        for right in rights {
            switch answers[right] {
            case .allowed?: break
            case .denied?: denied.append(right)
            case .unknown(let why)?:
                return Check(topic, of: subject, is: .unknown, "\(what)rights \(place) cannot be asked for: \(why)")
            case nil: return Check(topic, of: subject, is: .unknown, "\(what)rights \(place) were not asked for")
            }
        }
        func names(_ rights: [Right]) -> String { rights.map(\.text).joined(separator: ", ") }
        let missing = denied.filter { $0.loss == nil }
        if !missing.isEmpty {
            var check = Check(
                topic, of: subject, is: .problem, "\(what)missing \(place): \(names(missing))",
                remedy: "grant these verbs" + Self.roles(missing))
            check.isDenied = true
            return check
        }
        if denied.isEmpty { return Check(topic, of: subject, is: .ok, "\(what)every right \(place)") }
        let losses = denied.map { "\($0.text) (without it, \($0.loss ?? ""))" }.joined(separator: ", ")
        return Check(
            topic, of: subject, is: .warning, "\(what)optional rights are missing \(place): \(losses)",
            remedy: "grant these verbs if you want that" + Self.roles(denied))
    }

    /// Where the roles that grant these rights are, as the end of a sentence.
    private static func roles(_ rights: [Right]) -> String {
        guard rights.contains(where: \.isClusterWide) else { return "; deploy/ has the roles" }
        return "; deploy/ has the roles, deploy/components/namespaces the rule for namespaces, for a ClusterRole"
    }
}

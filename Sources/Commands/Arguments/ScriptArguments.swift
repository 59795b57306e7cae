/// What `restart-rollouts PROJECT NAMESPACE APP HEALTH` is asked to do. All four come from an event and are data: none is ever read
/// as a flag.
struct ScriptArguments: Equatable {
    static let script = "restart-rollouts"

    private static let degraded = "Degraded"

    enum Request: Equatable {
        /// The application is not Degraded.
        case nothing
        /// What hangs of the application's Rollouts in the namespace; of any Rollout there where none is marked with one.
        case heal(namespace: String, application: String)
    }

    var request: Request
    var health: String

    /// - Parameter arguments: after the program's name. The project says nothing about Rollouts and is not used.
    init(_ arguments: [String]) throws(UsageError) {
        guard arguments.count == 4 else {
            throw .conflict(
                "\(Self.script) takes four arguments, PROJECT NAMESPACE APP HEALTH, and got \(arguments.count)")
        }
        health = arguments[3]
        request = .nothing
        guard health == Self.degraded else { return }
        try checkNamespace(arguments[1], flag: "--namespace")
        request = .heal(namespace: arguments[1], application: arguments[2])
    }
}

/// The arguments of `restart-rollouts PROJECT NAMESPACE APP HEALTH`. They come from an event and are data: none is
/// parsed as a flag.
struct ScriptArguments: Equatable {
    static let script = "restart-rollouts"

    private static let degraded = "Degraded"

    enum Request: Equatable {
        /// The application is not Degraded.
        case nothing
        /// Heal the application's Rollouts in the namespace, or all there if none is marked with an application.
        case heal(namespace: String, application: String)
    }

    var request: Request
    var health: String

    /// - Parameter arguments: the words after the program's name. The project is not used.
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

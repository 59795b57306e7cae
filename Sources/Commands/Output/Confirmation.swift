internal import Formats
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

/// Asks before several Rollouts are changed; shows the Rollouts, the namespace and the context.
struct Confirmation {
    private let connection: ClusterConnection
    private let scope: Scope
    private let style: Style
    private let now: Timestamp

    init(_ connection: ClusterConnection, _ scope: Scope, style: Style, now: Timestamp) {
        self.connection = connection
        self.scope = scope
        self.style = style
        self.now = now
    }

    /// Returns true only for `y` or `yes`; the end of input means no.
    func ask(_ question: String, about plan: [Assessment], on console: Console) async -> Bool {
        let table = RolloutTable(occasion: scope.namespace == nil ? .severalNamespaces : [], style: style)
        console.err(
            """
            Context:    \((connection.contextName ?? "-").safeForTerminal)
            Cluster:    \(connection.clusterName.safeForTerminal) (\("\(connection.server)".safeForTerminal))
            Namespace:  \((scope.namespace ?? "all").safeForTerminal)

            \(table.text([Findings(found: plan, now: now)], hasHeader: true))
            \(question) [y/N] \

            """)
        let answer = await console.readLine()?.lowercased()
        return answer == "y" || answer == "yes"
    }
}

internal import Formats
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

/// The question before several Rollouts are touched: what, where, as which context.
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

    /// True only for a plain yes; the end of input is a no.
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

internal import ArgumentParser
internal import KubeConfig
internal import RolloutHeal

extension OwnArguments {
    /// Reads arguments as this program does when it is started with them.
    ///
    /// - Parameter namespace: of the pod.
    @Sendable static func read(_ words: [String], in namespace: String) -> Reading {
        do {
            let normalized = try ArgumentNormalizer.normalize(words, commands: RootCommand.commands)
            let arguments = try OwnArguments(parsed: RootCommand.parseAsRoot(normalized), in: namespace)
            return arguments.map(Reading.read) ?? .foreign
        } catch UsageError.unknownCommand {
            return .foreign
        } catch {
            return .refused(ErrorReport(error).message)
        }
    }

    private init?(parsed command: any ParsableCommand, in namespace: String) throws {
        switch command {
        case let command as ListCommand where command.watch:
            try self.init(parsed: command.watching(), in: namespace)
        case let command as ListCommand:
            self.init(.list, command.scope, nil, command.connection, in: namespace)
        case let command as ExplainCommand:
            self.init(.list, command.scope, command.ruleOptions.consent, command.connection, in: namespace)
        case let command as WatchCommand:
            self.init(
                command.heals ? .watchHeal : .watch, command.scope, command.ruleOptions.consent, command.connection,
                in: namespace)
            if command.leaderElect {
                lease = try command.lease(in: command.connection.flags.namespace ?? namespace)
            }
        case let command as HealCommand:
            self.init(.heal, command.scope, command.ruleOptions.consent, command.connection, in: namespace)
        case let command as RestartCommand:
            self.init(.heal, command.scope, command.ruleOptions.consent, command.connection, in: namespace)
        case let command as RefreshCommand:
            self.init(.heal, nil, command.consent, command.connection, in: namespace)
        default: return nil
        }
    }

    private init(
        _ mode: DoctorMode, _ scope: ScopeOptions?, _ consent: ConsentOptions?, _ connection: ConnectionOptions,
        in namespace: String
    ) {
        let isForAll = scope?.allNamespaces ?? false
        self.init(
            mode: mode, namespace: isForAll ? nil : connection.flags.namespace ?? namespace,
            flags: NamespaceFlags(optsIn: consent?.optIn ?? false, selects: scope?.namespaceSelector != nil))
    }
}

internal import ArgumentParser
internal import KubeConfig
internal import Rollouts

/// Who is told about Rollouts outside the cluster.
struct NotifyOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Tell a webhook what stays wrong, recovers or is given up: URL receives JSON, slack:URL a Slack message; "
                + "@FILE or slack:@FILE reads the URL from a file. May be repeated.", valueName: "url"))
    var notify: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("File with the key that signs JSON notifications (HMAC-SHA256).", valueName: "file"))
    var notifyKeyFile: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Name of the cluster in notifications; by default the context.", valueName: "name"))
    var clusterName: String?

    /// - Throws: ``UsageError`` without the URL.
    func targets() throws(UsageError) -> [NotifyTarget] {
        if notify.isEmpty {
            if notifyKeyFile != nil { throw .conflict("--notify-key-file requires --notify") }
            if clusterName != nil { throw .conflict("--cluster-name requires --notify") }
        }
        if clusterName?.isEmpty == true {
            throw .badValue(flag: "--cluster-name", value: "", reason: "it is empty")
        }
        var targets: [NotifyTarget] = []
        for text in notify {
            do throws(NotifyTarget.Problem) {
                targets.append(try NotifyTarget(text, number: targets.count + 1))
            } catch {
                throw .secretValue(flag: "--notify", number: targets.count + 1, reason: error.reason)
            }
        }
        return targets
    }

    /// The senders; empty without `--notify`. Files must be readable now.
    ///
    /// - Parameters:
    ///   - say: told once about what cannot be delivered, and when it can be again.
    ///   - count: told the result for each message.
    func senders(
        _ session: Session, in world: World, verbosity: Int, say: @escaping @Sendable (String) -> Void,
        count: @escaping @Sendable (NotifyTarget.Kind, NotifySender.Result) -> Void = { _, _ in }
    ) throws -> [NotifySender] {
        let key = notifyKeyFile
        return try targets().map { target in
            do throws(NotifyTarget.Problem) {
                let address = try target.address(world.host)
                if let key { _ = try NotifyTarget.text(of: key, world.host) }
                if address.isPlain {
                    say("\(target.name(at: address)): http is not encrypted: anybody on the way can read the URL")
                }
            } catch {
                throw NotifyFailure(reason: "\(target.name(at: nil)): \(error.reason)")
            }
            return NotifySender(
                target, keyFile: key, place: place(session.connection), world: world, verbosity: verbosity, say: say,
                count: count)
        }
    }

    private func place(_ connection: ClusterConnection) -> NotifyMessage.Place {
        let name = connection.clusterName
        let known = connection.contextName ?? (name.isEmpty || name == "in-cluster" ? nil : name)
        return NotifyMessage.Place(
            cluster: clusterName ?? known ?? connection.server.host, context: connection.contextName)
    }
}

/// The time after which `watch` tells a diagnosis that stays.
struct NotifyPatienceOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time that a diagnosis must last before --notify tells it.", valueName: "time"))
    var notifyAfter = "5m"

    func settings() throws(UsageError) -> NoticeBoard.Settings {
        var settings = NoticeBoard.Settings()
        settings.patience = try duration(notifyAfter, flag: "--notify-after")
        return settings
    }
}

/// A file of a notification target is not usable.
struct NotifyFailure: Error {
    var reason: String
}

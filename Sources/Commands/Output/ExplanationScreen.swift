internal import Formats
internal import KubeClient
internal import RolloutHeal
internal import Rollouts

/// One Rollout as text: the evidence, each gate with its reading, and the next step.
struct ExplanationScreen {
    private static let labelWidth = 14
    private static let mostPods = 5
    private static let longestDetail = 200

    var style: Style
    /// The flags that restart the same Rollout under the same rule; nil if they cannot be shown.
    var flags: String?

    func text(_ explanation: Explanation, _ rule: HealRule) -> String {
        let seen = facts(explanation).map { line($0.label, $0.text) }
        let gates = explanation.gates.map { reading in
            "  " + pad(reading.gate.rawValue, 16) + pad(reading.word, 8) + reading.reason.safeForTerminal
        }
        let gateLines = gates.isEmpty ? [] : ["", "Gates (policy \(rule.policy.rawValue)):"] + gates
        return
            (seen + sums(explanation.assessment) + gateLines + [
                "", Remedy(for: explanation, under: rule, flags: flags).text,
            ]).map { $0 + "\n" }
            .joined()
    }

    private func facts(_ explanation: Explanation) -> [(label: String, text: String)] {
        let seen = explanation.assessment
        var facts = [
            ("Name", seen.name.safeForTerminal),
            ("Namespace", seen.namespace.safeForTerminal),
            ("Strategy", seen.strategy?.rawValue ?? "-"),
            ("Phase", painted(style.phase(seen.health.phase))),
        ]
        if !seen.health.message.isEmpty { facts.append(("Message", seen.health.message.safeForTerminal)) }
        facts.append(("Since", moment(seen.since, explanation.now)))
        facts.append(("Pod hash", seen.podHash?.safeForTerminal ?? "-"))
        facts.append(("Restart at", moment(seen.restartAt, explanation.now)))
        facts.append(("Restarted at", moment(seen.restartedAt, explanation.now)))
        facts.append(contentsOf: replicaSets(explanation))
        facts.append(contentsOf: pods(explanation.pods))
        if let verdict = seen.verdict {
            facts.append(
                ("Diagnosis", painted(style.verdict(verdict)) + ": " + (seen.explanation ?? "").safeForTerminal))
        }
        return facts
    }

    private func replicaSets(_ explanation: Explanation) -> [(String, String)] {
        guard let all = explanation.replicaSets else {
            let isForbidden = explanation.assessment.lacksEvidence
            return [
                ("ReplicaSets", isForbidden ? "reading them is forbidden" : "the file contains none of this Rollout")
            ]
        }
        guard !all.isEmpty else { return [("ReplicaSets", "no current one")] }
        let desired = explanation.assessment.replicas.desired
        return all.enumerated().map { index, set in
            let isCurrent = set.podHash == explanation.assessment.podHash
            let counts = "\(set.status.readyReplicas ?? 0) ready, \(set.status.availableReplicas ?? 0) available"
            let wanted = isCurrent ? "current, \(counts) of \(desired)" : "old, \(set.status.replicas ?? 0) pods"
            return (index == 0 ? "ReplicaSets" : "", "\(set.metadata.name.safeForTerminal) (\(wanted))")
        }
    }

    /// Why pods are not available, the most frequent reason first.
    private func pods(_ report: PodReport) -> [(String, String)] {
        let lines: [String]
        switch report {
        case .notAsked: return []
        case .forbidden:
            lines = ["reading them is forbidden: the right to list pods would show why they are not available"]
        case .unreadable(let error): lines = [error.message]
        case .read(let troubles, let count, let failure):
            let shown = troubles.prefix(Self.mostPods).map { trouble in
                let detail = trouble.detail.isEmpty ? "" : " (\(trouble.detail.cut(toBytes: Self.longestDetail)))"
                return "\(trouble.pod): \(trouble.reason)\(detail)"
            }
            let more = troubles.count > Self.mostPods ? ["and \(troubles.count - Self.mostPods) more"] : []
            let refused = failure.map { ["more cannot be created: \($0.cut(toBytes: Self.longestDetail))"] } ?? []
            let all = refused + shown + more
            let none = count == 0 ? "there are none" : "those that exist are ready; more are expected"
            lines = all.isEmpty ? [none] : all
        }
        return lines.enumerated().map { ($0.offset == 0 ? "Pods" : "", $0.element.safeForTerminal) }
    }

    /// The belief and the evidence, counter by counter.
    private func sums(_ seen: Assessment) -> [String] {
        guard !seen.equations.isEmpty else { return [] }
        let rows = seen.equations.map { equation in
            "  " + pad(equation.counter.rawValue, 20) + pad("\(equation.believed)", 8) + pad("\(equation.real)", 8)
                + (equation.holds ? "" : style.paint("wrong", .red))
        }
        return ["", "  " + pad("COUNTER", 20) + pad("STATUS", 8) + "LIVE"] + rows.map(\.trimmedEnd)
    }

    private func moment(_ moment: Timestamp?, _ now: Timestamp) -> String {
        guard let moment else { return "-" }
        return moment > now
            ? "\(moment.rfc3339) (in the future)"
            : "\(moment.rfc3339) (\(HumanDuration.text(since: moment, now: now)) ago)"
    }

    private func painted(_ cell: Table.Cell) -> String {
        style.paint(cell.text, cell.color)
    }

    private func line(_ label: String, _ text: String) -> String {
        pad(label.isEmpty ? "" : label + ":", Self.labelWidth) + text
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.displayWidth))
    }
}

extension Reading {
    fileprivate var word: String {
        switch isOpen {
        case true?: "open"
        case false?: "closed"
        case nil: "-"
        }
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

internal import KubeClient

extension JudgeObjects {
    func malformed(_ failure: JSONSplitter.Failure) -> RolloutHealError {
        let reason =
            switch failure {
            case .notAnObject: "it is not a JSON object"
            case .malformed(let what): "it is not valid JSON: \(what)"
            case .tooLarge(let limit): "an object is larger than \(limit >> 20) MiB"
            case .tooDeep(let limit): "an object is nested more than \(limit) levels deep"
            }
        return .file(place: file, reason: reason)
    }
}

extension RolloutHealError {
    var objectFault: String {
        if case .undecodable(let kind, let name, let what) = self { return "\(kind) \(name): \(what)" }
        return "\(self)"
    }
}

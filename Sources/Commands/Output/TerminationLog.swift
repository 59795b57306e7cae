internal import KubeConfig
internal import Documents

/// The termination message of a container, at most 4 KiB; written only in a pod that provides the file.
enum TerminationLog {
    private static let path = "/dev/termination-log"
    private static let limit = 4096

    /// Writes `document`, with as many of its items as fit.
    static func write(_ document: YAMLNode, _ world: World) {
        guard world.host.variables["KUBERNETES_SERVICE_HOST"] != nil else { return }
        world.writeIfPresent(path, Array(text(document).utf8))
    }

    static func text(_ document: YAMLNode) -> String {
        var document = document
        var text = document.json(pretty: false)
        guard case .mapping(var fields) = document.value,
            let place = fields.firstIndex(where: { $0.key == "items" }),
            case .sequence(var items) = fields[place].value.value
        else { return text }
        let total = items.count
        while text.utf8.count > limit, !items.isEmpty {
            items.removeLast(max(1, items.count / 10))
            fields[place].value = YAMLNode(.sequence(items))
            let omitted = [(key: "omitted", value: YAMLNode(.integer(Int64(total - items.count))))]
            document = YAMLNode(.mapping(fields + omitted))
            text = document.json(pretty: false)
        }
        return text
    }
}

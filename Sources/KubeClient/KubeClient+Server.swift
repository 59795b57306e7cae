internal import HTTPTransport

extension KubeClient {
    /// Reads a document of the server itself, such as `/version` or `/apis/GROUP`, as JSON.
    ///
    /// - Throws: ``KubeError``; a path that the server does not have is a status with code 404, or not served.
    package func get(path: String) async throws(KubeError) -> [UInt8] {
        try await object(Call(.get, path: path, of: APIResource(group: "", version: "", plural: path)))
    }
}

internal import HTTPTransport

/// Larger than anything that etcd stores (1.5 MiB by default).
private let largestObject = 16 << 20

extension KubeClient {
    /// One object, as JSON.
    package func get(
        _ resource: APIResource, namespace: String?, name: String
    ) async throws(KubeError) -> [UInt8] {
        let call = Call(.get, try resource.path(namespace: namespace, name: name), resource, name: name)
        return try await object(call)
    }

    /// Changes one object by merge patch (RFC 7396) and gives it as it is afterwards, as JSON.
    ///
    /// A precondition belongs into `body`: `metadata.resourceVersion` makes the server answer 409 when the object has
    /// changed. After a 429 it is not sent again, because what it rests on has to be read again.
    ///
    /// - Parameters:
    ///   - subresource: "status", say; nil is the object itself.
    ///   - isStillWanted: asked when there is a credential, and right before the body is sent; false throws ``KubeError/overtaken``.
    package func patch(
        _ resource: APIResource, namespace: String?, name: String, subresource: String? = nil, body: [UInt8],
        fieldManager: String, isDryRun: Bool = false, isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(KubeError) -> [UInt8] {
        let path = try resource.path(namespace: namespace, name: name, subresource: subresource)
        var call = Call(.patch, path, resource, name: name)
        call.query["fieldManager"] = fieldManager
        if isDryRun { call.query["dryRun"] = "All" }
        call.body = body
        call.contentType = "application/merge-patch+json"
        call.isStillWanted = isStillWanted
        return try await object(call)
    }

    /// Adds one object and gives it as stored, as JSON. A 409 says that there is one of that name.
    package func create(
        _ resource: APIResource, namespace: String?, body: [UInt8], fieldManager: String
    ) async throws(KubeError) -> [UInt8] {
        var call = Call(.post, try resource.path(namespace: namespace), resource)
        call.query["fieldManager"] = fieldManager
        call.body = body
        call.contentType = "application/json"
        return try await object(call)
    }

    /// Writes one object whole and gives it as stored, as JSON.
    ///
    /// With `metadata.resourceVersion` in `body`, a 409 says that somebody was faster.
    package func replace(
        _ resource: APIResource, namespace: String?, name: String, body: [UInt8], fieldManager: String
    ) async throws(KubeError) -> [UInt8] {
        var call = Call(.put, try resource.path(namespace: namespace, name: name), resource, name: name)
        call.query["fieldManager"] = fieldManager
        call.body = body
        call.contentType = "application/json"
        return try await object(call)
    }

    private func object(_ call: Call) async throws(KubeError) -> [UInt8] {
        var response = try await send(call)
        let bytes: [UInt8]
        do throws(KubeError) {
            bytes = try await read(response.body, upTo: largestObject)
        } catch {
            // Cut off in the middle: like one that was cut off before, it is worth another try.
            guard case .transport(.connectionLost, _) = error, call.method == .get, maxRetries > 0 else { throw error }
            try await pause(.seconds(1 + time.random()))
            response = try await send(call)
            bytes = try await read(response.body, upTo: largestObject)
        }
        guard bytes.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "{") else {
            throw .malformed(what: "it is \(response.shownContentType), not JSON", url: call.path)
        }
        return bytes
    }
}

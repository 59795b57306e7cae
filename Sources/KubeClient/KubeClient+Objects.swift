internal import HTTPTransport

/// The limit for one object, in bytes; etcd stores 1.5 MiB by default.
private let largestObject = 16 << 20

extension KubeClient {
    /// Reads one object as JSON.
    ///
    /// - Throws: ``KubeError``; a missing object is a status with code 404.
    package func get(
        _ resource: APIResource, namespace: String?, name: String
    ) async throws(KubeError) -> [UInt8] {
        let call = Call(
            .get, path: try resource.path(namespace: namespace, name: name), of: resource, name: name)
        return try await object(call)
    }

    /// Changes one object by merge patch (RFC 7396) and returns the stored result as JSON.
    ///
    /// A precondition belongs in `body`: with `metadata.resourceVersion`, the server answers 409 if the object has
    /// changed. A 429 is not retried, because the state that the patch is based on has to be read again.
    ///
    /// - Parameters:
    ///   - subresource: such as "status"; nil for the object itself.
    ///   - isStillWanted: called when the credential is ready, and right before the body is sent.
    ///   - begins: called after it right before the body is sent.
    /// - Throws: ``KubeError/overtaken`` if one of them returns false.
    package func patch(
        _ resource: APIResource, namespace: String?, name: String, subresource: String? = nil, body: [UInt8],
        fieldManager: String, isDryRun: Bool = false, isStillWanted: @escaping @Sendable () -> Bool = { true },
        begins: @escaping @Sendable () -> Bool = { true }
    ) async throws(KubeError) -> [UInt8] {
        let path = try resource.path(namespace: namespace, name: name, subresource: subresource)
        var call = Call(.patch, path: path, of: resource, name: name)
        call.query["fieldManager"] = fieldManager
        if isDryRun { call.query["dryRun"] = "All" }
        call.body = body
        call.contentType = "application/merge-patch+json"
        call.isStillWanted = isStillWanted
        call.begins = begins
        return try await object(call)
    }

    /// Creates one object and returns it as stored, as JSON; a 409 means that the name is taken.
    package func create(
        _ resource: APIResource, namespace: String?, body: [UInt8], fieldManager: String
    ) async throws(KubeError) -> [UInt8] {
        var call = Call(.post, path: try resource.path(namespace: namespace), of: resource)
        call.query["fieldManager"] = fieldManager
        call.body = body
        call.contentType = "application/json"
        return try await object(call)
    }

    /// Replaces one object and returns it as stored, as JSON.
    ///
    /// With `metadata.resourceVersion` in `body`, a 409 means that another client has changed the object.
    package func replace(
        _ resource: APIResource, namespace: String?, name: String, body: [UInt8], fieldManager: String
    ) async throws(KubeError) -> [UInt8] {
        var call = Call(
            .put, path: try resource.path(namespace: namespace, name: name), of: resource, name: name)
        call.query["fieldManager"] = fieldManager
        call.body = body
        call.contentType = "application/json"
        return try await object(call)
    }

    /// Sends `call` and returns the JSON object of its response.
    func object(_ call: Call) async throws(KubeError) -> [UInt8] {
        var response = try await send(call)
        let bytes: [UInt8]
        do throws(KubeError) {
            bytes = try await read(response.body, upTo: largestObject)
        } catch {
            // The body was cut off: retry a GET once, as after a connection that is lost before the answer.
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

internal import Documents

extension KubeConfigFile {
    /// Decodes the first document of a file.
    ///
    /// - Parameters:
    ///   - path: the file's name for errors.
    ///   - directory: the absolute directory that relative paths in the file refer to.
    /// - Throws: ``KubeConfigError`` with the place of the first fault.
    init(_ bytes: [UInt8], path: String, directory: String) throws(KubeConfigError) {
        let root: YAMLNode
        do {
            root = try YAMLNode.firstDocument(in: bytes)
        } catch {
            throw .malformed(file: path, error)
        }
        let fields = try FieldReader(root, file: path, path: "")
        try Self.checkKind(fields)
        _ = try fields.named("extensions")
        currentContext = try fields.string("current-context")
        for (name, item) in try fields.named("clusters") {
            clusters.append((name, try Cluster(item.mapping("cluster"), directory)))
        }
        for (name, item) in try fields.named("contexts") {
            contexts.append((name, try Context(item.mapping("context"))))
        }
        for (name, item) in try fields.named("users") {
            users.append((name, try User(item.mapping("user"), directory)))
        }
    }

    /// Accepts missing values; present ones must be `v1` and `Config`.
    private static func checkKind(_ fields: FieldReader) throws(KubeConfigError) {
        let version = try fields.string("apiVersion") ?? "v1"
        let kind = try fields.string("kind") ?? "Config"
        guard version == "v1", kind == "Config" else {
            throw .unknownKind(
                fields.place(of: kind == "Config" ? "apiVersion" : "kind"), kind: kind, apiVersion: version)
        }
    }
}

extension KubeConfigFile.Cluster {
    fileprivate init(_ fields: FieldReader, _ directory: String) throws(KubeConfigError) {
        server = try fields.string("server")
        tlsServerName = try fields.string("tls-server-name")
        skipsVerification = try fields.bool("insecure-skip-tls-verify")
        certificateAuthority = try fields.path("certificate-authority", directory)
        certificateAuthorityData = try fields.bytes("certificate-authority-data")
        proxyURL = try fields.string("proxy-url").map { Secret($0) }
        disablesCompression = try fields.bool("disable-compression")
        for (name, item) in try fields.named("extensions") where name == "client.authentication.k8s.io/exec" {
            execConfiguration = item.node("extension")
        }
    }
}

extension KubeConfigFile.Context {
    fileprivate init(_ fields: FieldReader) throws(KubeConfigError) {
        cluster = try fields.string("cluster")
        user = try fields.string("user")
        namespace = try fields.string("namespace")
        _ = try fields.named("extensions")
    }
}

extension KubeConfigFile.User {
    fileprivate init(_ fields: FieldReader, _ directory: String) throws(KubeConfigError) {
        clientCertificate = try fields.path("client-certificate", directory)
        clientCertificateData = try fields.bytes("client-certificate-data")
        clientKey = try fields.path("client-key", directory)
        clientKeyData = try fields.bytes("client-key-data").map { Secret($0) }
        token = try fields.string("token").map { Secret($0) }
        tokenFile = try fields.path("tokenFile", directory)
        username = try fields.string("username")
        password = try fields.string("password").map { Secret($0) }
        impersonatedUser = try fields.string("as")
        impersonatedUID = try fields.string("as-uid")
        impersonatedGroups = try fields.strings("as-groups")
        impersonatedExtra = try fields.stringLists("as-user-extra")
        if fields.has("auth-provider") {
            authProvider = try fields.mapping("auth-provider").string("name") ?? ""
        }
        if fields.has("exec") {
            exec = try KubeConfigFile.Exec(fields.mapping("exec"), directory)
        }
        _ = try fields.named("extensions")
    }
}

extension KubeConfigFile.Exec {
    fileprivate init(_ fields: FieldReader, _ directory: String) throws(KubeConfigError) {
        apiVersion = try fields.string("apiVersion")
        command = try fields.string("command")
        if let written = command, written.contains("/") {
            command = LexicalPath.join(directory, written)
        }
        arguments = try fields.strings("args")
        for variable in try fields.mappings("env") {
            environment.append((try variable.string("name") ?? "", Secret(try variable.string("value") ?? "")))
        }
        interactiveMode = try fields.string("interactiveMode")
        installHint = try fields.string("installHint")
        providesClusterInfo = try fields.bool("provideClusterInfo")
    }
}

extension FieldReader {
    fileprivate func path(_ key: String, _ directory: String) throws(KubeConfigError) -> String? {
        try string(key).map { LexicalPath.join(directory, $0) }
    }
}

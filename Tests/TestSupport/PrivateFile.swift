import Foundation

/// A file that only its owner may read, such as a kubeconfig: the plugin warns of others.
package enum PrivateFile {
    package static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}

import Foundation

/// A file that nobody else may read, as a kubeconfig should be: of any other, the plugin warns.
package enum PrivateFile {
    package static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}

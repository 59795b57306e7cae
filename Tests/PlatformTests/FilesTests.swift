import FoundationEssentials
import Platform
import Testing

@Suite struct FilesTests {
    /// Runs `body` with a temporary folder.
    private static func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            component: "platform-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private static func make(_ path: String, _ text: String, mode: Int = 0o644) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func whatIsWrittenIsRead() throws {
        try Self.inFolder { folder in
            let path = folder + "/file"
            #expect(throws: SystemError.noSuchFile) { try Descriptor(overwriting: path) }
            #expect(throws: SystemError.noSuchFile) { try Files.bytes(of: path, limit: 9) }
            try Self.make(path, "longer than what follows")
            #expect(try Descriptor(overwriting: path).write(Array("seven b".utf8)[...]) == 7)
            #expect(try Files.bytes(of: path, limit: 7) == Array("seven b".utf8))
            #expect(try Files.bytes(of: path, limit: 6) == nil)
            #expect(throws: SystemError.isFolder) { try Files.bytes(of: folder, limit: 9) }
            #expect(throws: SystemError.notAFolder) { try Files.bytes(of: path + "/x", limit: 9) }
        }
    }

    @Test func modes() throws {
        try Self.inFolder { folder in
            try Self.make(folder + "/file", "", mode: 0o640)
            try Self.make(folder + "/program", "", mode: 0o755)
            #expect(Files.mode(of: folder + "/file") == 0o640)
            #expect(Files.mode(of: folder) == nil && Files.mode(of: folder + "/none") == nil)
            try Files.checkExecutable(folder + "/program")
            #expect(throws: SystemError.accessDenied) { try Files.checkExecutable(folder + "/file") }
            #expect(throws: SystemError.accessDenied) { try Files.checkExecutable(folder) }
            #expect(throws: SystemError.noSuchFile) { try Files.checkExecutable(folder + "/none") }
            #expect(Files.isReadable(folder + "/file") && !Files.isReadable(folder + "/none"))
        }
    }
}

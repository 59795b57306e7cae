import KubeConfig
import Testing

/// The real file access, on paths that exist on every Unix.
struct ProcessTests {
    private func failure(_ path: String) -> HostEnvironment.FileError? {
        do throws(HostEnvironment.FileError) {
            _ = try HostEnvironment.process.readFile(path)
            return nil
        } catch {
            return error
        }
    }

    @Test func files() throws {
        #expect(try HostEnvironment.process.readFile("/dev/null") == [])
        #expect(try HostEnvironment.process.readFile(#filePath).starts(with: Array("import KubeConfig".utf8)))
        #expect(failure("/nowhere/at/all") == .init(isMissing: true, reason: "no such file or directory"))
        #expect(failure("/dev") == .init(isMissing: false, reason: "is a directory"))
        #expect(failure("/dev/null/x") == .init(isMissing: false, reason: "not a directory"))
        #expect(failure("/dev/zero") == .init(isMissing: false, reason: "file too large"))
    }

    @Test func surroundings() {
        let process = HostEnvironment.process
        #expect(process.workingDirectory.hasPrefix("/"))
        #expect(process.variables["PATH"]?.isEmpty == false)
    }
}

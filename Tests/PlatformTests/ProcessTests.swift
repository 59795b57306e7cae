import Platform
import Testing

@Suite struct ProcessTests {
    @Test func theProcessKnowsItself() throws {
        #expect(ThisProcess.variables["PATH"]?.isEmpty == false)
        #expect(ThisProcess.workingDirectory.hasPrefix("/"))
        #expect(ThisProcess.hostName?.isEmpty == false)
        #expect(ThisProcess.wallClock > 1_700_000_000)
    }

    #if os(Linux)
        @Test func usage() throws {
            let usage = try #require(ProcessUsage.current())
            #expect(usage.residentBytes > 1_000_000 && usage.virtualBytes >= usage.residentBytes)
            #expect(usage.openDescriptors >= 3 && usage.descriptorLimit >= Double(usage.openDescriptors))
            #expect(usage.cpuSeconds > 0)
            #expect(abs(usage.startSeconds - Double(ThisProcess.wallClock)) < 24 * 3600)
        }
    #endif

    @Test func aThreadRunsAndEnds() throws {
        let (read, write) = try Sockets.pipe()
        let thread = try SystemThread { Sockets.write([7], to: write) }
        #expect(!thread.isCurrent)
        thread.join()
        #expect(try read.read(upTo: 9) == [7])
    }

    @Test func errorsHaveWords() {
        #expect(SystemError.noSuchFile.text == "No such file or directory")
        #expect(SystemError.noSuchFile != .accessDenied)
    }
}

import Platform
import Testing

@Suite struct DescriptorTests {
    @Test func aPipeIsReadyForWhatCanBeDone() throws {
        let (read, write) = try Sockets.pipe()
        #expect(
            read.wait(for: .reading, milliseconds: 0).isEmpty && write.wait(for: .writing, milliseconds: 0) == .writing)
        #expect(try write.write([1, 2, 3]) == 3)
        #expect(read.wait(for: .reading, milliseconds: nil) == .reading)
        #expect(try read.read(upTo: 2) == [1, 2])
        #expect(try read.read(upTo: 2) == [3])
        #expect(!read.isTerminal)
    }

    @Test func theEndIsEmpty() throws {
        let read = try Sockets.pipe().read
        #expect(try read.read(upTo: 9).isEmpty)
    }

    /// A pipe without reader is detected without a write, which would end the process.
    @Test func aBrokenPipeIsKnown() throws {
        let write = try Sockets.pipe().write
        #expect(write.wait(for: [], milliseconds: 0) == .broken)
    }

    @Test func ofSeveralThoseThatAreReady() throws {
        let (silent, silentEnd) = try Sockets.pipe()
        let (told, teller) = try Sockets.pipe()
        _ = try teller.write([1])
        var watched = [Watched(silent, for: .reading), Watched(told, for: .reading)]
        Watched.wait(for: &watched, milliseconds: nil)
        #expect(watched.map(\.state) == [[], .reading])
        _ = try told.read(upTo: 1)
        Watched.wait(for: &watched, milliseconds: 0)
        #expect(watched.map(\.state) == [[], []])
        withExtendedLifetime(silentEnd) {}
    }

    @Test func whatIsClosedIsAnError() {
        let nothing = Descriptor(-1)
        #expect(throws: SystemError.self) { try nothing.read(upTo: 1) }
        #expect(throws: SystemError.self) { try nothing.write([1]) }
    }
}

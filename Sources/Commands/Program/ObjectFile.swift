internal import Platform
internal import RolloutHeal

/// A file of objects, or stdin, read in chunks.
enum ObjectFile {
    /// Reads the file and passes each chunk to `take`.
    ///
    /// - Parameter path: `-` for stdin.
    /// - Throws: ``RolloutHealError/file(place:reason:)`` if reading fails, and what `take` throws.
    static func read(_ path: String, _ world: World, take: ([UInt8]) throws -> Void) throws {
        if path == "-" {
            do {
                while let piece = try world.console.readInput() { try take(piece) }
            } catch let error as Console.InputError {
                throw RolloutHealError.file(place: "stdin", reason: error.reason)
            }
            return
        }
        let file: Descriptor
        do throws(SystemError) {
            file = try Descriptor(reading: path)
        } catch {
            throw RolloutHealError.file(place: path, reason: error.text.lowercased())
        }
        do {
            while let piece = try Console.readPiece(of: file) { try take(piece) }
        } catch let error as Console.InputError {
            throw RolloutHealError.file(place: path, reason: error.reason)
        }
    }
}

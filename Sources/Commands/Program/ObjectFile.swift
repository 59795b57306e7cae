internal import Glibc
internal import RolloutHeal

/// A file of objects, or stdin, read in pieces.
enum ObjectFile {
    /// Gives each piece to `take`.
    ///
    /// - Parameter path: `-` is stdin.
    static func read(_ path: String, _ world: World, _ take: ([UInt8]) throws -> Void) throws {
        if path == "-" {
            do {
                while let piece = try world.console.readInput() { try take(piece) }
            } catch let error as Console.InputError {
                throw RolloutHealError.file(place: "stdin", reason: error.reason)
            }
            return
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RolloutHealError.file(place: path, reason: unsafe String(cString: strerror(errno)).lowercased())
        }
        defer { close(descriptor) }
        do {
            while let piece = try Console.readPiece(of: descriptor) { try take(piece) }
        } catch let error as Console.InputError {
            throw RolloutHealError.file(place: path, reason: error.reason)
        }
    }
}

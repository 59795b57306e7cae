import Testing
import Formats

struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"),
        ("Zm9v\nYmFy\n", "foobar"), ("Zg=\r\n=\r\n", "f"), ("Z\ng\n=\n=", "f"), ("\r\n", ""),
    ])
    func decoded(text: String, bytes: String) throws {
        #expect(try Base64.decode(Array(text.utf8)) == Array(bytes.utf8))
    }

    /// The offsets are those of Go's `CorruptInputError`.
    @Test(arguments: [
        ("Zg", 0), ("Z", 0), ("Zm9vY", 4), ("Zg=", 3), ("Zm8", 0), ("Zg==x", 4), ("Zm8=x", 4), ("Zm9v=", 4), ("=", 0),
        ("Z===", 1),
        ("Zm 9", 2), ("Zm-v", 2), ("Zm_v", 2), ("Zm9v!", 4), ("Zg=x", 2), ("Zm9v\tYmFy", 4), ("é", 0),
        ("Zg==\nZg==", 5),
    ])
    func illegal(text: String, offset: Int) {
        #expect(throws: Base64.IllegalByte(offset: offset)) { try Base64.decode(Array(text.utf8)) }
    }

    @Test func encodesWhatItDecodes() throws {
        let bytes = (0..<256).map { UInt8($0) }
        for count in [0, 1, 2, 3, 4, 5, 255, 256] {
            #expect(
                try Base64.decode(Array(Base64.encode(Array(bytes.prefix(count))).utf8)) == Array(bytes.prefix(count)))
        }
        #expect(Base64.encode(Array("foobar".utf8)) == "Zm9vYmFy")
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    }
}

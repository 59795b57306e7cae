extension Certificate {
    private typealias Tag = DERReader.Tag

    /// Reads DER as strictly as Go where it decides about a certificate; nil if Go would not take it for one.
    package init?(der: [UInt8]) {
        var outer = DERReader(der[...])
        guard var whole = outer.inside(Tag.sequence), outer.isAtEnd, var fields = whole.inside(Tag.sequence),
            let version = Self.version(&fields), let serial = fields.content(Tag.integer), !serial.isEmpty,
            // Negative.
            serial[serial.startIndex] < 0x80,
            let algorithm = fields.content(Tag.sequence), whole.content(Tag.sequence) == algorithm,
            let issuer = fields.next(), issuer.tag == Tag.sequence,
            var validity = fields.inside(Tag.sequence), let notBefore = Self.time(&validity),
            let notAfter = Self.time(&validity),
            let subject = fields.next(), subject.tag == Tag.sequence,
            let commonName = Self.commonName(subject.content),
            let key = fields.inside(Tag.sequence).flatMap(Self.key), whole.content(Tag.bitString) != nil
        else { return nil }
        self.init(
            version: version, issuer: Array(issuer.all), subject: Array(subject.all), commonName: commonName,
            notBefore: notBefore, notAfter: notAfter, key: key, signature: Self.signature(algorithm))
        for number: UInt8 in [1, 2] where fields.isNext(Tag.implicit(number)) { _ = fields.next() }
        guard version == 3, fields.isNext(Tag.context(3)) else { return }
        guard var list = fields.inside(Tag.context(3)), let entries = list.inside(Tag.sequence),
            let extensions = Extensions(entries)
        else { return nil }
        self.extensions = extensions
    }

    private static func version(_ fields: inout DERReader) -> Int? {
        guard fields.isNext(Tag.context(0)) else { return 1 }
        guard var inner = fields.inside(Tag.context(0)), let number = inner.number(), number <= 2 else { return nil }
        return number + 1
    }

    /// UTCTime is `YYMMDDhhmmssZ` for the years 1950 to 2049, GeneralizedTime has four digits for the year.
    private static func time(_ validity: inout DERReader) -> Timestamp? {
        guard let (tag, content, _) = validity.next(), tag == Tag.utcTime || tag == Tag.time,
            content.last == UInt8(ascii: "Z")
        else { return nil }
        var digits = Array(content.dropLast())
        if tag == Tag.utcTime, let first = digits.first {
            digits = Array((first >= UInt8(ascii: "5") ? "19" : "20").utf8) + digits
        }
        guard digits.count == 14 else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        func part(_ start: Int, _ length: Int) -> Substring { text.dropFirst(start).prefix(length) }
        return Timestamp(
            rfc3339: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))Z")
    }

    private static func commonName(_ names: ArraySlice<UInt8>) -> String? {
        var names = DERReader(names)
        var found = ""
        while !names.isAtEnd {
            guard var set = names.inside(Tag.set) else { return nil }
            while !set.isAtEnd {
                guard var pair = set.inside(Tag.sequence), let type = pair.content(Tag.oid),
                    let value = pair.next()?.content
                else { return nil }
                if type.elementsEqual([0x55, 0x04, 0x03]) { found = String(decoding: value, as: UTF8.self) }
            }
        }
        return found
    }

    private static func key(_ info: DERReader) -> Key? {
        var info = info
        guard var algorithm = info.inside(Tag.sequence), let type = algorithm.content(Tag.oid),
            let bits = info.content(Tag.bitString)
        else { return nil }
        switch Array(type) {
        // 1.2.840.113549.1.1.1
        case [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]:
            var inner = DERReader(bits.dropFirst())
            guard var numbers = inner.inside(Tag.sequence), let modulus = numbers.content(Tag.integer) else {
                return nil
            }
            let digits = modulus.drop { $0 == 0 }
            guard let first = digits.first else { return nil }
            return .rsa(bits: digits.count * 8 - first.leadingZeroBitCount)
        // 1.2.840.10045.2.1
        case [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]:
            guard let curve = algorithm.content(Tag.oid), curves.contains(Array(curve)) else { return nil }
            return .ellipticCurve
        case [0x2B, 0x65, 0x70]: return .ed25519
        default: return .unknown
        }
    }

    /// P-224, P-256, P-384 and P-521; Go takes a certificate with another curve for none.
    private static let curves: Set<[UInt8]> = [
        [0x2B, 0x81, 0x04, 0x00, 0x21], [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
        [0x2B, 0x81, 0x04, 0x00, 0x22], [0x2B, 0x81, 0x04, 0x00, 0x23],
    ]

    private static func signature(_ algorithm: ArraySlice<UInt8>) -> Signature {
        var reader = DERReader(algorithm)
        guard let type = reader.content(Tag.oid) else { return .unknown }
        if type.elementsEqual([0x2B, 0x65, 0x70]) { return .known }
        switch (Array(type.dropLast()), type.last) {
        // 1.2.840.113549.1.1: RSA
        case ([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01], let last):
            return switch last {
            case 4: .insecure("MD5-RSA")
            case 5: .insecure("SHA1-RSA")
            case 10: pssHash(&reader)
            case 11, 12, 13: .known
            default: .unknown
            }
        // 1.2.840.10045.4: ECDSA
        case ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04], 1): return .insecure("ECDSA-SHA1")
        case ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03], 2), ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03], 3),
            ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03], 4):
            return .known
        default: return .unknown
        }
    }

    /// RSA-PSS is known with SHA-256, SHA-384 or SHA-512 and a salt as long as its result.
    private static func pssHash(_ reader: inout DERReader) -> Signature {
        guard var fields = reader.inside(Tag.sequence), var hash = fields.inside(Tag.context(0)),
            var name = hash.inside(Tag.sequence), let type = name.content(Tag.oid), let last = type.last,
            type.dropLast().elementsEqual([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02]),
            let length = [1: 32, 2: 48, 3: 64][last],
            var generator = fields.inside(Tag.context(1)), var mask = generator.inside(Tag.sequence),
            mask.content(Tag.oid) != nil, var maskHash = mask.inside(Tag.sequence),
            maskHash.content(Tag.oid) == type,
            var salt = fields.inside(Tag.context(2)), salt.number() == length, fields.isAtEnd
        else { return .unknown }
        return .known
    }
}

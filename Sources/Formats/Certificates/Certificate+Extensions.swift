extension Certificate.Extensions {
    private typealias Tag = DERReader.Tag

    /// Extensions of 2.5.29 that Go knows, by the last number of their OID.
    private enum Known {
        static let keyUsage: UInt8 = 15
        static let alternativeNames: UInt8 = 17
        static let basicConstraints: UInt8 = 19
        static let nameConstraints: UInt8 = 30
        static let extendedKeyUsage: UInt8 = 37
        static let policies: UInt8 = 32
        /// CRL distribution points, authority key identifier.
        static let lists: Set<UInt8> = [31, 35]
        /// Policy mappings, policy constraints, anyPolicy.
        static let others: Set<UInt8> = [33, 36, 54]
        /// These must not be critical.
        static let keyIdentifier: UInt8 = 14
        static let authorityInformation: [UInt8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01]
    }

    /// Reads SEQUENCE OF Extension; nil if one cannot be read, or occurs twice.
    init?(_ entries: DERReader) {
        self.init()
        var entries = entries
        var seen: Set<[UInt8]> = []
        while !entries.isAtEnd {
            guard var entry = entries.inside(Tag.sequence), let type = entry.content(Tag.oid),
                seen.insert(Array(type)).inserted
            else { return nil }
            guard let isCritical = entry.boolean(), let value = entry.content(Tag.octets),
                let isKnown = read(Array(type), DERReader(value), isCritical)
            else { return nil }
            if isCritical, !isKnown { hasUnknownCritical = true }
        }
    }

    /// Returns whether Go would know the extension; nil if it cannot be read.
    private mutating func read(_ type: [UInt8], _ value: DERReader, _ isCritical: Bool) -> Bool? {
        if type == Known.authorityInformation { return !isCritical && Self.isListOfNamed(value) ? true : nil }
        guard type.count == 3, type.starts(with: [0x55, 0x1D]) else { return false }
        switch type[2] {
        case Known.keyUsage: return readKeyUsage(value) ? true : nil
        case Known.alternativeNames: return readAlternativeNames(value)
        case Known.basicConstraints: return readBasicConstraints(value) ? true : nil
        case Known.nameConstraints: return Self.knowsNameConstraints(value)
        case Known.extendedKeyUsage: return readUsages(value) ? true : nil
        case Known.keyIdentifier: return isCritical ? nil : true
        case Known.policies: return Self.isListOfNamed(value) ? true : nil
        case _ where Known.lists.contains(type[2]): return value.isNext(Tag.sequence) ? true : nil
        default: return Known.others.contains(type[2])
        }
    }

    /// Whether it is a list of sequences that begin with an OID.
    private static func isListOfNamed(_ value: DERReader) -> Bool {
        var value = value
        guard var list = value.inside(Tag.sequence) else { return false }
        while !list.isAtEnd {
            guard var entry = list.inside(Tag.sequence), entry.content(Tag.oid) != nil else { return false }
        }
        return true
    }

    /// Bit 5 is keyCertSign; a usage without any bit allows everything.
    private mutating func readKeyUsage(_ value: DERReader) -> Bool {
        var value = value
        guard let bits = value.content(Tag.bitString) else { return false }
        let flags = bits.dropFirst()
        forbidsSigning = flags.contains { $0 != 0 } && (flags.first ?? 0) & 0x04 == 0
        return true
    }

    private mutating func readAlternativeNames(_ value: DERReader) -> Bool? {
        var value = value
        hasAlternativeNames = true
        guard var list = value.inside(Tag.sequence) else { return nil }
        var isKnown = false
        while !list.isAtEnd {
            guard let (tag, content, _) = list.next() else { return nil }
            switch tag {
            case Tag.implicit(2):
                guard content.allSatisfy({ $0 < 0x80 }) else { return nil }
                names.append(String(decoding: content, as: UTF8.self))
            case Tag.implicit(7):
                guard let address = IPAddress(bytes: Array(content)) else { return nil }
                addresses.append(address)
            // An e-mail address.
            case Tag.implicit(1): guard content.allSatisfy({ $0 < 0x80 }) else { return nil }
            case Tag.implicit(6): guard URLText.isValid(String(decoding: content, as: UTF8.self)) else { return nil }
            default: continue
            }
            isKnown = true
        }
        return isKnown
    }

    private mutating func readBasicConstraints(_ value: DERReader) -> Bool {
        var value = value
        guard var fields = value.inside(Tag.sequence) else { return false }
        isAuthority = fields.boolean()
        if fields.isNext(Tag.integer) {
            pathLength = fields.number()
            if pathLength == nil { return false }
        }
        return isAuthority != nil
    }

    private mutating func readUsages(_ value: DERReader) -> Bool {
        var value = value
        guard var list = value.inside(Tag.sequence) else { return false }
        while !list.isAtEnd {
            guard let usage = list.content(Tag.oid) else { return false }
            switch Array(usage) {
            // 1.3.6.1.5.5.7.3.1
            case [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01]: usages.append(.server)
            // 2.5.29.37.0
            case [0x55, 0x1D, 0x25, 0x00]: usages.append(.any)
            default: usages.append(.other)
            }
        }
        return true
    }

    /// Whether all constraints are of names, addresses, e-mail addresses and URIs. Which they permit, the TLS library
    /// judges.
    private static func knowsNameConstraints(_ value: DERReader) -> Bool? {
        var value = value
        guard var fields = value.inside(Tag.sequence), !fields.isAtEnd else { return nil }
        var isKnown = true
        while !fields.isAtEnd {
            guard let (tag, content, _) = fields.next(), tag == Tag.context(0) || tag == Tag.context(1) else {
                return nil
            }
            var trees = DERReader(content)
            while !trees.isAtEnd {
                guard var tree = trees.inside(Tag.sequence), let base = tree.next() else { return nil }
                isKnown = isKnown && [1, 2, 6, 7].map(Tag.implicit).contains(base.tag)
            }
        }
        return isKnown
    }
}

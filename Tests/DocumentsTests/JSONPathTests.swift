import Testing

@testable import Documents

/// kubectl's dialect of JSONPath. What kubectl prints itself is compared by scripts/ci/differential.
@Suite struct JSONPathTests {
    private static let document = """
        {"kind": "List", "items": [
            {"name": "a", "namespace": "shop", "n": 1, "none": null, "m": {"b.c": "dotted", "z": 1, "list": [1, 2]}},
            {"name": "b10", "namespace": "shop", "n": 2, "ready": true},
            {"name": "b9", "namespace": "stage", "n": 3, "ratio": 0.5}
        ]}
        """

    private func root() throws -> YAMLNode { try .firstDocument(in: Array(Self.document.utf8)) }

    private func filled(_ template: String) throws -> String { try JSONPath(template).filled(from: root()) }

    @Test(arguments: [
        ("", ""), (".kind", ".kind"), ("{.kind}", "List"), ("<{ .kind }>", "<List>"), ("{$.kind}{@.kind}", "ListList"),
        ("{.items[*].name}", "a b10 b9"), ("{.items[0].name}", "a"), ("{.items[-1].name}", "b9"),
        ("{.items[-2].name}", "b10"), ("{.items[0:2].name}", "a b10"), ("{.items[1:].name}", "b10 b9"),
        ("{.items[:-1].name}", "a b10"), ("{.items[::2].name}", "a b9"), ("{.items[].name}", "a"),
        ("{.items[0:3:9223372036854775807].name}", "a"),
        ("{.items[0,2].name}", "a b9"), ("{.items[*]['name','n']}", "a b10 b9 1 2 3"),
        ("{.items[0]['name', 'n']}", "a 1"), ("{.items[1:1].name}", ""), ("{.items.*.name}", "a b10 b9"),
        ("{..name}", "a b10 b9"), ("{.items[0]..z}", "1"), ("{..list[1]}", "2"),
        ("{.items[0]['m.z']}", "1"), (#"{.items[0].m['b\.c']}"#, "dotted"), (#"{.items[0].m.b\.c}"#, "dotted"),
        ("{.items[0].m}", #"{"b.c":"dotted","z":1,"list":[1,2]}"#), ("{.items[0].m.list}", "[1,2]"),
        ("{.items[*].m.list[*]}", "1 2"), ("{.items[0].none}", "null"), ("{.items[1].ready}", "true"),
        ("{.nosuch}|{.items[0].nosuch.deeper}|{.kind[0].x}", nil), ("{.nosuch}|{.items.name}|{.nosuch[0]}", "||"),
        (#"{range .items[*]}{.namespace}/{.name}{"\n"}{end}"#, "shop/a\nshop/b10\nstage/b9\n"),
        (#"{range .items[*]}{.name}{"\t"}{.n}{'\n'}{end}."#, "a\t1\nb10\t2\nb9\t3\n."),
        ("{range .items[0:2]}<{range .m.list[*]}{@},{end}>{end}", "<1,2,><>"), ("{range .nosuch[*]}x{end}y", "y"),
        ("{range .items[*]}{.name};", "a;b10;b9;"), (#"{"it\x41s \u00e9 \"q\""}"#, "itAs é \"q\""),
        (#"{.items[?(@.name=="b9")].n}"#, "3"), ("{.items[?(@.name=='b9')].n}", "3"),
        (#"{.items[?( @.name != "b9" )].n}"#, "1 2"), ("{.items[?(@.n>1)].name}", "b10 b9"),
        ("{.items[?(@.n>=1.5)].name}", "b10 b9"), ("{.items[?(@.n<2)].name}", "a"),
        ("{.items[?(@.n<=2)].name}", "a b10"),
        (#"{.items[?(@.name<"b")].name}"#, "a"), ("{.items[?(@.ready==true)].name}", "b10"),
        ("{.items[?(@.ready)].name}", "b10"), ("{.items[?(@.m.list[1])].name}", "a"), ("{.items[?(@.none)].name}", "a"),
        (#"{.items[?(@.none=="x")].name}"#, ""), (#"{.items[?(@.none!="x")].name}"#, "a"),
        (#"{.items[?(@.name==")],}")].n}|"#, "|"), ("{.items[?(@.n==@.m.z)].name}", "a"),
        ("{.items[?(@['n']==1)].name}", "a"),
    ])
    func selects(template: String, expected: String?) throws {
        guard let expected else {
            #expect(throws: JSONPathError.self) { try filled(template) }
            return
        }
        #expect(try filled(template) == expected)
    }

    /// Each says at which character, from 1.
    @Test(arguments: [
        ("{.kind", 1, "unclosed action"), ("a{.kind\n}", 8, "unclosed action"), ("{.items[0}", 8, "unterminated array"),
        ("{.items[x]}", 9, "invalid array index x"), ("{.items[1:2:3:4]}", 9, "invalid array index 1:2:3:4"),
        (#"{.items["n"]}"#, 9, "invalid array index \"n\""), ("{#}", 2, "unrecognized character in action: '#'"),
        ("{foo}", 2, "unrecognized identifier foo"), ("ab{end}", 3, "not in range, nothing to end"),
        ("{.a.....b}", 6, "invalid multiple recursive descent"), (#"{"abc}"#, 2, "unterminated quoted string"),
        (#"{"a\q"}"#, 4, "unknown escape \\q"), ("{1.2.3}", 2, "cannot parse number 1.2.3"),
        ("{.items[?(@.n==1}", 8, "unterminated filter"), ("{.items[?(@.n==1)}", 18, "unclosed array, expected ]"),
        ("{.items[?(@.n=1)]}", 14, "unrecognized filter operator ="),
        ("{.items[?(@.n=~1)]}", 14, "unrecognized filter operator =~"),
        ("{.items[?(@.name==stuck)]}", 19, "unrecognized identifier stuck"),
        ("{.items[?(@.n==)]}", 16, "nothing to compare"), ("{range .items[*]}{end .x}", 23, "nothing may follow end"),
    ])
    func saysWhereItIsWrong(template: String, position: Int, reason: String) {
        #expect(throws: JSONPathError(position: position, reason: reason, isSyntax: true)) { try JSONPath(template) }
    }

    @Test(arguments: [
        ("{.items[5].name}", 9, "array index out of bounds: index 5, length 3"),
        ("{.items[0:5].name}", 9, "array index out of bounds: index 4, length 3"),
        ("{.items[9223372036854775807]}", 9, "array index out of bounds: index 9223372036854775807, length 3"),
        ("{.items[0:-9223372036854775808]}", 9, "array index out of bounds: index -9223372036854775806, length 3"),
        ("{.items[2:1].name}", 9, "starting index 2 is greater than ending index 1"),
        ("{.items[::0].name}", 9, "step must be > 0"), ("{.kind[0]}", 8, "a string is not a list"),
        ("{.items[0][?(@.x)]}", 11, "a mapping is not a list"),
        ("{.items[?(@.name==1)].n}", 8, "a string cannot be compared with a number by =="),
        ("{.items[?(@.ready<true)].n}", 8, "a boolean cannot be compared with a boolean by <"),
        ("{.items[?(@.m.list[*]==1)].n}", 8, "can only compare one element at a time"),
    ])
    func saysWhereItDoesNotFit(template: String, position: Int, reason: String) throws {
        let path = try JSONPath(template)
        let root = try root()
        #expect(throws: JSONPathError(position: position, reason: reason, isSyntax: false)) {
            try path.filled(from: root)
        }
    }

    @Test(arguments: ["name", ".name", "{name}", "{.name}"])
    func bracesAndThePointMayBeLeftOut(path: String) throws {
        let item = try #require(try root()["items"]?.items?.first)
        #expect(try JSONPath(relaxed: path).results(in: item).map { $0.map(\.string) } == [["a"]])
    }

    @Test(arguments: [
        ("", 1), ("{.a}{.b}", 4), ("a}", 2), ("name[", 5), (".name[", 6), ("{.name[}", 7), ("m[?(@.x=1)]", 8),
    ])
    func aRelaxedPathIsOneExpression(path: String, position: Int) {
        let error = #expect(throws: JSONPathError.self) { try JSONPath(relaxed: path) }
        #expect(error?.position == position && error?.isSyntax == true)
    }

    @Test func onlyValuesAreSpelt() throws {
        let text = try JSONPath(#"{.kind}{"x"}y{.items[0].m}"#).filled(from: root()) { "<\($0)>" }
        #expect(text == #"<List>xy{"b.c":"dotted","z":1,"list":[1,2]}"#)
    }
}

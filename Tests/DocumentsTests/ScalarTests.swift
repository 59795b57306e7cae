import Testing
import Documents

/// YAML 1.1 as go-yaml v2 resolves it.
struct ScalarTests {
    @Test(arguments: ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
    func yes(_ text: String) throws {
        #expect(try read("a: \(text)") == #"{"a":true}"#)
    }

    @Test(arguments: ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
    func no(_ text: String) throws {
        #expect(try read("a: \(text)") == #"{"a":false}"#)
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL", "!!null null", "# comment"])
    func null(_ text: String) throws {
        #expect(try read("a: \(text)") == #"{"a":null}"#)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("12", "12"), ("+12", "12"), ("-12", "-12"), ("0x1F", "31"), ("0X1f", "31"),
        ("-0x10", "-16"), ("0b101", "5"), ("-0b101", "-5"), ("010", "8"), ("-010", "-8"), ("0o17", "15"),
        ("0O17", "15"), ("1_000", "1000"), ("1__0", "10"), ("0x1F_F", "511"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"), ("!!int 12", "12"), ("!!int '12'", "12"),
    ])
    func integers(text: String, value: String) throws {
        #expect(try read("a: \(text)") == #"{"a":\#(value)}"#)
        #expect(try YAMLNode.firstDocument(in: Array("a: \(text)".utf8))["a"]?.integer != nil)
    }

    @Test(
        arguments: [
            ("1e3", 1000), (".5", 0.5), ("5.", 5), ("-.5", -0.5), ("1.5e-3", 0.0015), ("6.02E+23", 6.02e23), ("08", 8),
            ("1_0.5", 10.5), ("9223372036854775808", 9_223_372_036_854_775_808), ("18446744073709551616", 0x1p64),
            ("0xFFFFFFFFFFFFFFFF", 0x1p64), ("-9223372036854775809", -0x1p63), ("!!float 3", 3), ("1e-999", 0),
            ("!!int 9223372036854775808", 0x1p63),
        ] as [(String, Double)])
    func floats(text: String, value: Double) throws {
        #expect(try YAMLNode.firstDocument(in: Array("a: \(text)".utf8))["a"]?.value == .float(value))
    }

    @Test(arguments: [
        "tRue", "yEs", "nULL", "2024-01-02", "2024-01-02T03:04:05Z", "1:30", "12e", "a#b", "a:b", "<<", "=", "0x",
        "0xG",
        "0b2", "09e", "1e999", "+", "-5-", ".", "..5", "._5", "1.2.3", "10.0.0.1", "1e", "e3", "_1", "0x-1", "--1",
        "infinity",
        "nan", "inf", ".e3", "0x1p-2", "0xFFFFFFFFFFFFFFFFF", "é", "日本",
    ])
    func strings(_ text: String) throws {
        #expect(try read("a: \(text)") == #"{"a":"\#(text)"}"#)
    }

    @Test(arguments: [
        (#"a: "12""#, "12"), ("a: '12'", "12"), ("a: 'yes'", "yes"), ("a: ''", ""), (#"a: """#, ""), ("a: '~'", "~"),
        ("a: |-\n  12", "12"), ("a: >-\n  12", "12"), ("a: |\n  x\n  y\n", #"x\ny\n"#), ("a: >\n  x\n  y\n", #"x y\n"#),
        ("a: !!str 12", "12"), ("a: !!str", ""), ("a: !!str ~", "~"), ("a: !foo bar", "bar"), ("a: !foo 12", "12"),
        ("a: ! 12", "12"),
        ("a: !!binary dG9r", "tok"), ("a: !!binary |\n  dG\n  9r", "tok"), ("a: !<tag:yaml.org,2002:str> 1", "1"),
        ("a: !!timestamp 2024-01-02", "2024-01-02"), ("a: 'it''s'", "it's"), (#"a: "\x41\u00e9\U0001F600\/""#, "Aé😀/"),
    ])
    func quotedAndTagged(text: String, value: String) throws {
        #expect(try read(text) == #"{"a":"\#(value)"}"#)
    }

    @Test(arguments: [
        ("a: !!int abc", "1:4: cannot decode !!str as a !!int"),
        ("a: !!int ''", "1:4: cannot decode !!null as a !!int"),
        ("a: !!bool 1", "1:4: cannot decode !!int as a !!bool"),
        ("a: !!int 1.5", "1:4: cannot decode !!float as a !!int"),
        ("a: !!int 1e30", "1:4: cannot decode !!float as a !!int"),
        ("a: !!null x", "1:4: cannot decode !!str as a !!null"),
        ("a: !!float x", "1:4: cannot decode !!str as a !!float"),
        ("a: !!binary d*9r", "1:4: !!binary value contains invalid base64 data"),
        ("a: .inf", "1:4: infinity and not-a-number are no JSON values"),
        ("a: -.Inf", "1:4: infinity and not-a-number are no JSON values"),
        ("\n- .NaN", "2:3: infinity and not-a-number are no JSON values"),
        ("a: !!float .inf", "1:4: infinity and not-a-number are no JSON values"),
    ])
    func refused(text: String, message: String) {
        #expect(refusal(text) == message)
    }

    @Test(arguments: [
        ("n: 1", "false"), ("yes: 1", "true"), ("12: 1", "12"), ("0x10: 1", "16"), ("1.5: 1", "1.5"),
        ("1e3: 1", "1000"),
        ("'n': 1", "n"), ("!!str 12: 1", "12"), (#"{"a b":1}"#, "a b"), ("? a\n: 1", "a"),
    ])
    func keys(text: String, key: String) throws {
        #expect(try YAMLNode.firstDocument(in: Array(text.utf8)).pairs?.map(\.key) == [key])
    }

    @Test(arguments: [
        ("~: 1", "1:1: null cannot be a key"), (": 1", "1:1: did not find expected key"),
        ("{[a]: 1}", "1:2: a list cannot be a key"), ("? {a: b}\n: 1", "1:3: a mapping cannot be a key"),
        ("x: &l [1]\n*l : 2", "1:4: a list cannot be a key"),
    ])
    func unusableKeys(text: String, message: String) {
        #expect(refusal(text) == message)
    }
}

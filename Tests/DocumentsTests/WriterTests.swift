import Testing
import Documents

struct WriterTests {
    static let sample = """
        apiVersion: v1
        items:
        - kind: Rollout
          metadata:
            labels: {}
            name: web
          spec:
            replicas: 3
            paused: false
            steps: []
            weights: [1.5, 20]
        - - nested
          - null
        message: "two\\nlines\\n"
        """

    @Test func yamlSnapshot() throws {
        let node = try YAMLNode.firstDocument(in: Array(Self.sample.utf8))
        #expect(
            node.yaml() == """
                apiVersion: v1
                items:
                - kind: Rollout
                  metadata:
                    labels: {}
                    name: web
                  spec:
                    replicas: 3
                    paused: false
                    steps: []
                    weights:
                    - 1.5
                    - 20
                - - nested
                  - null
                message: |
                  two
                  lines

                """)
    }

    @Test func jsonSnapshot() throws {
        let node = try YAMLNode.firstDocument(in: Array(Self.sample.utf8))
        #expect(
            node.json(pretty: true) == """
                {
                    "apiVersion": "v1",
                    "items": [
                        {
                            "kind": "Rollout",
                            "metadata": {
                                "labels": {},
                                "name": "web"
                            },
                            "spec": {
                                "replicas": 3,
                                "paused": false,
                                "steps": [],
                                "weights": [
                                    1.5,
                                    20
                                ]
                            }
                        },
                        [
                            "nested",
                            null
                        ]
                    ],
                    "message": "two\\nlines\\n"
                }
                """)
    }

    @Test(arguments: [
        ("web", "web"), ("", "\"\""), ("yes", "\"yes\""), ("n", "\"n\""), ("null", "\"null\""), ("~", "\"~\""),
        ("12", "\"12\""),
        ("0x1F", "\"0x1F\""), ("1e3", "\"1e3\""), (".5", "\".5\""), (".inf", "\".inf\""), ("<<", "\"<<\""),
        ("=", "\"=\""),
        ("1:30", "\"1:30\""), ("2024-01-02", "\"2024-01-02\""), ("2024-01-02T03:04:05Z", "\"2024-01-02T03:04:05Z\""),
        ("2024-01-02 03:04:05", "\"2024-01-02 03:04:05\""), ("2024-01-rc1", "2024-01-rc1"), ("1.2.3", "1.2.3"),
        ("a: b", "'a: b'"),
        ("- x", "'- x'"), ("a #b", "'a #b'"), ("@x", "'@x'"), (" x", "' x'"), ("x ", "'x '"), ("it's", "it's"),
        ("#x", "'#x'"),
        ("a\u{7}", #""a\a""#), ("tab\there", #""tab\there""#), ("{x}", "'{x}'"), ("é", "é"), ("a:b", "a:b"),
        ("*x", "'*x'"),
        (" a\nb", #"" a\nb""#), ("\n", #""\n""#),
    ])
    func quoting(text: String, yaml: String) {
        #expect(YAMLNode(.string(text)).yaml() == yaml + "\n")
    }

    @Test func keysAreQuotedLikeValues() {
        #expect(
            YAMLNode(.mapping([("yes", YAMLNode(.integer(1))), ("", YAMLNode(.null))])).yaml()
                == "\"yes\": 1\n\"\": null\n")
    }

    @Test func longLinesAreNotFolded() {
        let text = Array(repeating: "word", count: 100).joined(separator: " ")
        #expect(YAMLNode(.mapping([("a", YAMLNode(.string(text)))])).yaml() == "a: \(text)\n")
    }

    @Test(arguments: [
        ("plain", #""plain""#), ("\"\\", #""\"\\""#), ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
        ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\\u007f\""), ("é😀\u{2028}\u{2029}\u{85}", #""é😀\u2028\u2029\u0085""#),
        ("</a>", #""</a>""#),
    ])
    func jsonEscapes(text: String, json: String) {
        #expect(YAMLNode(.string(text)).json(pretty: false) == json)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (100, "100"),
            (1e20, "100000000000000000000"), (1e21, "1e+21"),
            (1.25e22, "1.25e+22"), (0.000001, "0.000001"), (0.0000012, "0.0000012"), (1e-7, "1e-7"),
            (-2.5e-9, "-2.5e-9"),
            (123456.789, "123456.789"), (1e16, "10000000000000000"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (Double.leastNonzeroMagnitude, "5e-324"), (9_223_372_036_854_775_808, "9223372036854776000"),
            (.infinity, "null"), (.nan, "null"),
            (-12.5e17, "-1250000000000000000"),
        ] as [(Double, String)])
    func floats(value: Double, json: String) {
        #expect(YAMLNode(.float(value)).json(pretty: false) == json)
    }

    @Test(arguments: [
        "", " ", "\n", "\n\n", "a\n", "a\n\n", "a\nb", " a\nb\n", "a\n b\n  c", "\ta\n", "a \nb", "\u{FEFF}x", "\u{85}",
        "\u{2028}", "\u{7F}", "\u{1B}v\u{9F}", "\u{FEFF}", "\u{FFFE}", "😀",
        "---", "...", "-", "?", ":", "a: ", "%x", "|", ">", "\"", "'", "!x", "&x", "\\", "\r", "\r\n", "a\r\nb",
        "x: |\n  y\n", "`", ",",
        "null", "0", "0o7", "1_0", "+1", "-.5", "Off", "\u{0}", "\u{1B}[31m", "key with spaces and 'quotes'",
    ])
    func roundTrip(_ text: String) throws {
        let node = YAMLNode(
            .mapping([
                (text, YAMLNode(.string(text))),
                ("list", YAMLNode(.sequence([YAMLNode(.string(text)), YAMLNode(.null)]))),
            ]))
        let expected = node.json(pretty: false)
        #expect(try read(node.yaml()) == expected)
        #expect(try read(expected) == expected)
        #expect(try read(node.json(pretty: true)) == expected)
    }

    @Test func equalityIgnoresNothing() throws {
        let node = try YAMLNode.firstDocument(in: Array("a: [1, b, null, 1.5, true]".utf8))
        #expect(node == (try YAMLNode.firstDocument(in: Array("a: [1, b, null, 1.5, true]".utf8))))
        #expect(node != (try YAMLNode.firstDocument(in: Array("a: [1, b, null, 1.5, false]".utf8))))
        #expect(node != (try YAMLNode.firstDocument(in: Array(" a: [1, b, null, 1.5, true]".utf8))))
    }
}

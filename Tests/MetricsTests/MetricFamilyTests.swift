import Metrics
import Testing

@Suite struct MetricFamilyTests {
    @Test func countersAndGaugesAreWrittenInOrder() {
        var family = MetricFamily("a_total", .counter, help: "Things.", labels: ["verb", "code"])
        family.add(1, "get", "200")
        family.add(2.5, "get", "200")
        family.add(0, "patch", "409")
        family.set(4, "get", "100")
        #expect(
            family.text == """
                # HELP a_total Things.
                # TYPE a_total counter
                a_total{verb="get",code="100"} 4
                a_total{verb="get",code="200"} 3.5
                a_total{verb="patch",code="409"} 0

                """)
        var gauge = MetricFamily("b", .gauge, help: "A \\ and\na line.")
        gauge.set(-0.25)
        #expect(gauge.text == "# HELP b A \\\\ and\\na line.\n# TYPE b gauge\nb -0.25\n")
    }

    @Test func labelsAreEscaped() {
        var family = MetricFamily("a", .gauge, help: "A.", labels: ["x"])
        family.set(.infinity, "quote \" slash \\ line\n")
        #expect(family.text.hasSuffix("a{x=\"quote \\\" slash \\\\ line\\n\"} +Inf\n"))
        family.set(.nan, "quote \" slash \\ line\n")
        #expect(family.text.hasSuffix(" NaN\n"))
    }

    @Test func bucketsAreCumulatedAndEndWithTheCount() {
        var family = MetricFamily("h", .histogram([0.5, 1, 10]), help: "H.", labels: ["verb"])
        for value in [0.5, 0.7, 2, 100, 1e18] { family.observe(value, "get") }
        #expect(
            family.text == """
                # HELP h H.
                # TYPE h histogram
                h_bucket{verb="get",le="0.5"} 1
                h_bucket{verb="get",le="1"} 2
                h_bucket{verb="get",le="10"} 3
                h_bucket{verb="get",le="+Inf"} 5
                h_sum{verb="get"} 1000000000000000128
                h_count{verb="get"} 5

                """)
    }

    @Test func whatIsNoHistogramObservesNothing() {
        var family = MetricFamily("a", .counter, help: "A.")
        family.observe(1)
        #expect(family.text == "# HELP a A.\n# TYPE a counter\n")
    }

    @Test func whatNobodyForesawIsOneSeries() {
        var family = MetricFamily(
            "a_total", .counter, help: "A.", labels: ["verb", MetricLabel("code", ["200", "409"])])
        for code in ["200", "777", "\n", "409", "999"] { family.add(1, "get", code) }
        family.add(1, "get")
        family.add(1, "get", "200", "too many")
        #expect(
            family.text.split(separator: "\n").dropFirst(2) == [
                "a_total{verb=\"get\",code=\"200\"} 2", "a_total{verb=\"get\",code=\"409\"} 1",
                "a_total{verb=\"get\",code=\"other\"} 4",
            ])
    }

    @Test func countersDoNotFall() {
        var family = MetricFamily("a_total", .counter, help: "A.")
        family.add(3)
        family.add(-1)
        family.add(.nan)
        #expect(family.text.hasSuffix("\na_total 3\n"))
    }

    @Test func whatStartsAtZeroIsThereBeforeItCounts() {
        enum Color: String, CaseIterable { case red, blue }
        var family = MetricFamily("h", .histogram([1, 2.5]), help: "H.", startsAtZero: true)
        #expect(
            family.text.split(separator: "\n").dropFirst(2) == [
                "h_bucket{le=\"1\"} 0", "h_bucket{le=\"2.5\"} 0", "h_bucket{le=\"+Inf\"} 0", "h_sum 0", "h_count 0",
            ])
        family.observe(2)
        family.observe(.nan)
        #expect(family.text.hasSuffix("h_bucket{le=\"2.5\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\nh_count 1\n"))
        var counter = MetricFamily(
            "a_total", .counter, help: "A.", labels: [MetricLabel("x", Color.self), MetricLabel("y", ["1", "2"])],
            startsAtZero: true)
        counter.add(2, "red", "2")
        counter.add(1, "green", "2")
        #expect(
            counter.text.split(separator: "\n").dropFirst(2) == [
                "a_total{x=\"blue\",y=\"1\"} 0", "a_total{x=\"blue\",y=\"2\"} 0", "a_total{x=\"other\",y=\"2\"} 1",
                "a_total{x=\"red\",y=\"1\"} 0", "a_total{x=\"red\",y=\"2\"} 2",
            ])
        #expect(
            MetricFamily("b", .gauge, help: "B.", labels: ["any"], startsAtZero: true).text
                == "# HELP b B.\n# TYPE b gauge\n"
        )
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e15, "1000000000000000"),
            (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        var family = MetricFamily("a", .gauge, help: "A.")
        family.set(value)
        #expect(family.text.hasSuffix("\na \(text)\n"))
    }
}

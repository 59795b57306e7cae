import Metrics
import Testing

@Suite struct MetricFamilyTests {
    @Test func countersAndGaugesAreWrittenInOrder() {
        var family = MetricFamily("a_total", .counter, "Things.", labels: ["verb", "code"])
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
        var gauge = MetricFamily("b", .gauge, "A \\ and\na line.")
        gauge.set(-0.25)
        #expect(gauge.text == "# HELP b A \\\\ and\\na line.\n# TYPE b gauge\nb -0.25\n")
    }

    @Test func labelsAreEscaped() {
        var family = MetricFamily("a", .gauge, "A.", labels: ["x"])
        family.set(.infinity, "quote \" slash \\ line\n")
        #expect(family.text.hasSuffix("a{x=\"quote \\\" slash \\\\ line\\n\"} +Inf\n"))
        family.set(.nan, "quote \" slash \\ line\n")
        #expect(family.text.hasSuffix(" NaN\n"))
    }

    @Test func bucketsAreCumulatedAndEndWithTheCount() {
        var family = MetricFamily("h", .histogram([0.5, 1, 10]), "H.", labels: ["verb"])
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
        var family = MetricFamily("a", .counter, "A.")
        family.observe(1)
        #expect(family.text == "# HELP a A.\n# TYPE a counter\n")
    }
}

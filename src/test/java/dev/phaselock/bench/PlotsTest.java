package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class PlotsTest {
    private static Measurement measured(Policy policy, double longestWait, double longestWrite) {
        return new Measurement(
                Scenario.ONE_LONG.key(),
                policy.key(),
                1,
                1,
                "17.11",
                Ending.acquired(900, 1),
                2_000,
                1_000,
                0.2,
                5,
                longestWrite,
                0,
                new AttributedWaits.Seen(1, longestWait, longestWait, 3, 20),
                Map.of(),
                0.5);
    }

    private static Document parse(String svg) throws ParserConfigurationException, IOException, SAXException {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    /** The widths of the bars in a colour. */
    private static List<Double> bars(String svg, String color) {
        return Pattern.compile("<rect [^>]*width=\"([0-9.]+)\" height=\"[0-9.]+\" fill=\"" + color + "\"")
                .matcher(svg)
                .results()
                .map(MatchResult::group)
                .map(rectangle -> rectangle.replaceAll(".* width=\"([0-9.]+)\".*", "$1"))
                .map(Double::valueOf)
                .toList();
    }

    @Test
    void aLongerWaitHasALongerBarAndTheWritersOwnWorstIsNamed() throws Exception {
        String svg = LongestPlot.svg(
                Scenario.ONE_LONG,
                List.of(
                        measured(Policy.PLAIN, 900, 910),
                        measured(Policy.PHASELOCK, 4, 12),
                        measured(Policy.NO_DDL, 0, 11.5)));

        parse(svg);
        double plain = bars(svg, Svg.BAD).getFirst();
        double phaselock = bars(svg, Svg.GOOD).getFirst();
        assertThat(plain).isGreaterThan(phaselock);
        assertThat(phaselock).isPositive();
        assertThat(svg).contains("without DDL: 11.5 ms");
    }

    @Test
    void everyWriteIsAPointAndPointsThatCoincideAreDrawnOnce() throws Exception {
        long second = 1_000_000_000L;
        List<Write> quick = IntStream.range(0, 1000)
                .mapToObj(_ -> new Write(second, 200_000))
                .toList();
        String svg = WritesPlot.svg(
                "one <long> writer",
                List.of(
                        new WritesPlot.Series(Policy.PLAIN, List.of(new Write(second, 900_000_000)), 0, 2 * second),
                        new WritesPlot.Series(Policy.PHASELOCK, quick, 0, 2 * second)));

        Document document = parse(svg);
        assertThat(document.getElementsByTagName("path").getLength()).isEqualTo(2);
        assertThat(svg).matches("(?s).*<path d=\"M[0-9]+ [0-9]+h0\".*<path d=\"M[0-9]+ [0-9]+h0\".*");
        assertThat(document.getElementsByTagName("title").item(0).getTextContent())
                .contains("one <long> writer");
        assertThat(svg.indexOf("plain ALTER: longest write 900.0 ms"))
                .isPositive()
                .isLessThan(svg.indexOf("Phaselock: longest write 0.2 ms"));
    }

    @Test
    void theScaleIsLogarithmicAndHoldsTheLargest() {
        LogScale scale = LogScale.of(900, 0, 100);

        assertThat(scale.ticks()).hasSize(5);
        assertThat(scale.at(0.01)).isZero();
        assertThat(scale.at(1)).isCloseTo(25, within(0.001));
        assertThat(scale.at(1000)).isCloseTo(100, within(0.001));
        assertThat(scale.ticks().stream().map(LogScale::label))
                .containsExactly("0.1 ms", "1 ms", "10 ms", "100 ms", "1 s");
    }
}

package dev.phaselock.bench;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An SVG picture, drawn piece by piece; as much of it as the plots need. Lengths are its own units. */
final class Svg {
    static final String INK = "#1f2328";
    static final String FAINT = "#57606a";
    static final String GRID = "#d8dee4";
    static final String BAD = "#cf222e";
    static final String GOOD = "#1a7f37";
    static final String OTHER = "#0969da";

    private final StringBuilder text = new StringBuilder();

    Svg(int width, int height, String title) {
        draw(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\">",
                width,
                height));
        draw(String.format(Locale.ROOT, "<title>%s</title>", escaped(title)));
        draw(String.format(Locale.ROOT, "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>"));
        draw(String.format(
                Locale.ROOT,
                "<text x=\"16\" y=\"24\" font-size=\"16\" font-weight=\"600\" fill=\"%s\">%s</text>",
                INK,
                escaped(title)));
    }

    /** @param anchor {@code start}, {@code middle} or {@code end} */
    void text(double x, double y, String anchor, String color, String words) {
        draw(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
                x,
                y,
                anchor,
                color,
                escaped(words)));
    }

    void line(double x1, double y1, double x2, double y2, String color, double width) {
        draw(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>",
                x1,
                y1,
                x2,
                y2,
                color,
                width));
    }

    void box(double x, double y, double width, double height, String color) {
        draw(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>",
                x,
                y,
                Math.max(0, width),
                height,
                color));
    }

    /** A point of the picture. */
    record Point(int x, int y) {}

    /** All of them in one element: thousands of elements would make a large file. */
    void dots(Stream<Point> points, String color) {
        String path =
                points.map(point -> "M" + point.x() + " " + point.y() + "h0").collect(Collectors.joining());
        draw("<path d=\"" + path + "\" stroke=\"" + color + "\" stroke-width=\"3\" stroke-linecap=\"round\"/>");
    }

    private void draw(String element) {
        text.append(element).append('\n');
    }

    private static String escaped(String words) {
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** The whole document. */
    String document() {
        return text + "</svg>\n";
    }
}

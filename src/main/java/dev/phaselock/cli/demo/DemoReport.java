package dev.phaselock.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The comparison as a table, and as a plot of the longest write in each twentieth of a second of each window. */
final class DemoReport {
    private static final int WIDTH = 860;
    private static final int PANEL = 120;
    private static final int LEFT = 70;
    private static final int TOP = 40;
    private static final int BINS = 240;

    /** What a person at a web page notices. */
    private static final double SLOW_MILLIS = 500;

    private DemoReport() {}

    static String table(List<Window> windows) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-28s %8s %14s %12s %16s %18s%n",
                "",
                "writes",
                "longest write",
                "99.9 %",
                "sum over 20 ms",
                "owed to the DDL"));
        for (Window window : windows) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-28s %8d %11.1f ms %9.1f ms %13.1f ms %15s%n",
                    window.name(),
                    window.writes().size(),
                    window.longestMillis(),
                    window.percentileMillis(0.999),
                    window.overTwentyMillis(),
                    window.owedMillis() == 0 ? "none seen" : window.owedMillis() + " ms"));
        }
        return table.toString();
    }

    static void write(Path folder, List<Window> windows) throws IOException {
        Files.createDirectories(folder);
        String svg = svg(windows);
        Files.writeString(folder.resolve("writes.svg"), svg);
        Files.writeString(folder.resolve("report.html"), """
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><title>Phaselock: what writers feel</title>
                <style>body{font:16px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem}
                pre{background:#f4f5f7;padding:1rem;overflow:auto}</style></head><body>
                <h1>What writers feel of a schema change</h1>
                <p>Adding a foreign key to a table of a million orders while writers are at work and somebody's transaction
                stands in the way. Each window has the same length and the same processes at work.</p>
                %s
                <pre>%s</pre>
                <p>Made by <code>./phaselock demo</code>.</p>
                </body></html>
                """.formatted(svg, table(windows)));
    }

    /** One panel for each window, all with the same scale of milliseconds. */
    static String svg(List<Window> windows) {
        double most = Math.max(
                50, windows.stream().mapToDouble(Window::longestMillis).max().orElse(0) * 1.05);
        int height = TOP + windows.size() * (PANEL + 30) + 20;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                <text x="%d" y="22" font-size="16" font-weight="600" fill="#1f2328">Longest write, milliseconds, over time</text>
                """.formatted(WIDTH, height, LEFT));
        for (int i = 0; i < windows.size(); i++) {
            panel(svg, windows.get(i), TOP + i * (PANEL + 30), most);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void panel(StringBuilder svg, Window window, int top, double most) {
        int bottom = top + PANEL;
        double width = WIDTH - LEFT - 20;
        boolean slow = window.longestMillis() > SLOW_MILLIS;
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" fill=\"#1f2328\">%s: longest write %.0f ms</text>%n",
                LEFT,
                top + 12,
                window.name(),
                window.longestMillis()));
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#8c959f\"/>%n",
                LEFT,
                bottom,
                WIDTH - 20,
                bottom));
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#57606a\">%.0f</text>"
                        + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#57606a\">0</text>%n",
                LEFT - 8,
                top + 24,
                most,
                LEFT - 8,
                bottom));
        double[] longest = new double[BINS];
        for (Load.Write write : window.writes()) {
            // A write is in the way from its start to its end.
            int first = (int) ((write.startedAt() - window.from()) * BINS / window.nanos());
            int last = (int) ((write.startedAt() + write.nanos() - window.from()) * BINS / window.nanos());
            for (int bin = Math.max(0, first); bin <= Math.min(BINS - 1, last); bin++) {
                longest[bin] = Math.max(longest[bin], write.nanos() / 1e6);
            }
        }
        StringBuilder points = new StringBuilder();
        points.append(String.format(Locale.ROOT, "%d,%d ", LEFT, bottom));
        for (int bin = 0; bin < BINS; bin++) {
            points.append(String.format(
                    Locale.ROOT,
                    "%.1f,%.1f ",
                    LEFT + width * bin / BINS,
                    bottom - Math.min(1, longest[bin] / most) * (PANEL - 20)));
        }
        points.append(String.format(Locale.ROOT, "%.1f,%d", LEFT + width, bottom));
        svg.append(String.format(
                Locale.ROOT,
                "<polygon points=\"%s\" fill=\"%s\" stroke=\"%s\"/>%n",
                points,
                slow ? "#ffcecb" : "#ccebd7",
                slow ? "#cf222e" : "#1a7f37"));
    }
}

package dev.phaselock.operator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as manifests and statuses write them: {@code 350ms}, {@code 2.5s}, {@code 12m3.217s}, {@code 1h}. Written to
 * the millisecond, so that a sum that is read back from a status loses nothing.
 */
final class Durations {
    private static final Pattern PATTERN = Pattern.compile(
            "(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m(?!s))?(?:([0-9]{1,9})(?:\\.([0-9]{1,3}))?s)?(?:([0-9]{1,9})ms)?");

    private Durations() {}

    /** The duration, from milliseconds that are not negative. */
    static String format(long millis) {
        if (millis == 0) {
            return "0s";
        }
        if (millis < 1000) {
            return millis + "ms";
        }
        var text = new StringBuilder();
        long hours = millis / 3_600_000;
        long minutes = millis / 60_000 % 60;
        if (hours > 0) {
            text.append(hours).append('h');
        }
        if (minutes > 0) {
            text.append(minutes).append('m');
        }
        long rest = millis % 60_000;
        if (rest > 0) {
            text.append(rest / 1000);
            if (rest % 1000 > 0) {
                text.append("%.3f".formatted(rest % 1000 / 1000.0).substring(1).replaceAll("0+$", ""));
            }
            text.append('s');
        }
        return text.toString();
    }

    /** To the second, for texts that should not change all the time. */
    static String rounded(long millis) {
        return millis < 1000 ? format(millis) : format(millis / 1000 * 1000);
    }

    /**
     * Milliseconds.
     *
     * @throws IllegalArgumentException when it is not a duration
     */
    static long parse(String text) {
        Matcher matcher = PATTERN.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new IllegalArgumentException("not a duration: " + text);
        }
        return number(matcher.group(1)) * 3_600_000
                + number(matcher.group(2)) * 60_000
                + number(matcher.group(3)) * 1000
                + (matcher.group(4) == null ? 0 : number((matcher.group(4) + "00").substring(0, 3)))
                + number(matcher.group(5));
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}

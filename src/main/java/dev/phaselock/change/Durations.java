package dev.phaselock.change;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as manifests and people write them. */
public final class Durations {
    /** As {@code LocksSpec.DURATION}, with its groups named. */
    private static final Pattern PATTERN = Pattern.compile(
            "(?:(?<h>[0-9]{1,9})h)?(?:(?<m>[0-9]{1,9})m)?(?:(?<s>[0-9]{1,9})s)?(?:(?<ms>[0-9]{1,9})ms)?");

    private Durations() {}

    /**
     * Reads {@code 100ms}, {@code 2s}, {@code 1m30s} or {@code 1h}.
     *
     * @throws InvalidChangeException if it is not such a sequence of numbers and units, largest first
     */
    public static Duration parse(String text) {
        Matcher matcher = PATTERN.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new InvalidChangeException(
                    "duration", "\"" + text + "\" is not a duration, such as 100ms, 2s, 1m30s or 1h");
        }
        return Duration.ofHours(number(matcher, "h"))
                .plusMinutes(number(matcher, "m"))
                .plusSeconds(number(matcher, "s"))
                .plusMillis(number(matcher, "ms"));
    }

    /** For people, with two units at most: {@code 914ms}, {@code 1.2s}, {@code 3m4s}, {@code 2h}, {@code 1d3h}. */
    public static String format(Duration duration) {
        if (duration.isNegative()) {
            return "-" + format(duration.negated());
        }
        if (duration.toMillis() < 1000) {
            return duration.toMillis() + "ms";
        }
        if (duration.toSeconds() < 60) {
            long tenths = duration.toMillis() / 100;
            return tenths % 10 == 0 ? tenths / 10 + "s" : tenths / 10 + "." + tenths % 10 + "s";
        }
        if (duration.toMinutes() < 60) {
            return twoUnits(duration.toMinutes(), "m", duration.toSecondsPart(), "s");
        }
        if (duration.toHours() < 24) {
            return twoUnits(duration.toHours(), "h", duration.toMinutesPart(), "m");
        }
        return twoUnits(duration.toDays(), "d", duration.toHoursPart(), "h");
    }

    private static String twoUnits(long large, String largeUnit, long small, String smallUnit) {
        return small == 0 ? large + largeUnit : large + largeUnit + small + smallUnit;
    }

    private static long number(Matcher matcher, String group) {
        String digits = matcher.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }
}

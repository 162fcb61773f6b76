package dev.phaselock.postgres;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What a fault means.
 *
 * @param outcome what has to happen next
 * @param message for people: what is wrong and the next step, at most {@link #MAX_LENGTH} characters; without passwords
 *     and row values
 * @param sqlState the server's or the driver's SQLSTATE; null where there is none
 */
public record Failure(
        Outcome outcome,
        Reason reason,
        String message,
        @Nullable String sqlState) {
    /** Of a message, characters. */
    public static final int MAX_LENGTH = 300;

    public Failure {
        message = shorten(message.replaceAll("\\s+", " ").strip(), MAX_LENGTH);
    }

    /** Cuts a text to a length, and shows that it did. */
    static String shorten(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(length - 2)) ? length - 2 : length - 1;
        return text.substring(0, end) + "…";
    }
}

package dev.phaselock.operator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The name of a Job: {@code <change>-<8 hex digits>-<phase>-<attempt>}, at most 63 characters, the same whenever it is
 * asked for. The digits stand for the resource, its generation and the plan, so that no two Jobs that could differ share
 * a name.
 */
final class JobNames {
    private static final int LONGEST = 63;

    private JobNames() {}

    static String of(String change, String uid, long generation, @Nullable String planHash, String phase, int attempt) {
        String end = "-" + digest(uid + "/" + generation + "/" + (planHash == null ? "" : planHash)) + "-" + phase + "-"
                + attempt;
        String start = change.replace('.', '-');
        int room = LONGEST - end.length();
        if (room < 1) {
            throw new IllegalArgumentException("no room for a name before " + end);
        }
        return start.substring(0, Math.min(start.length(), room)) + end;
    }

    private static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

package dev.phaselock.plan;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names that are kept for what Phaselock makes for a while: a prefix, some of a name for people, and a hash of all that
 * makes it what it is. Together with the definition they are the proof that it is our own.
 */
final class OwnNames {
    private static final int MAX_PART_BYTES = 26;

    private OwnNames() {}

    /** {@code prefix_part_hash}, of at most 63 bytes for a prefix of 19. */
    static String of(String prefix, String part, String hashed) {
        StringBuilder shown = new StringBuilder();
        part.codePoints()
                .takeWhile(_ -> shown.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_PART_BYTES)
                .forEach(shown::appendCodePoint);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(hashed.getBytes(StandardCharsets.UTF_8));
            return prefix + "_" + shown + "_" + HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

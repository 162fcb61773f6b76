package dev.phaselock.postgres;

import dev.phaselock.plan.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a Secret, mounted as files. A line end at the end of a value, as an editor leaves it, does not count. */
final class SecretFiles {
    /** Of a value but a certificate, bytes: more than any password or URL needs. */
    private static final int MAX_BYTES = 8_192;

    private final Path directory;
    private final String secret;

    /** @param secret the Secret's name, for messages */
    SecretFiles(Path directory, String secret) {
        this.directory = directory;
        this.secret = secret;
    }

    /** Whether the Secret is there: an optional volume of a missing one is an empty folder, or none. */
    boolean exists() {
        try (var files = Files.list(directory)) {
            // Kubernetes keeps what it mounts in folders whose names begin with two dots.
            return files.anyMatch(file -> !file.getFileName().toString().startsWith(".."));
        } catch (IOException _) {
            return false;
        }
    }

    /** The value of the first of these keys that is there and not empty; null when none is. */
    @Nullable
    Value first(String... keys) {
        for (String key : keys) {
            String value = value(key);
            if (value != null && !value.isEmpty()) {
                return new Value(key, value);
            }
        }
        return null;
    }

    /** Whether one of these keys is there, be it empty. */
    boolean has(String... keys) {
        return List.of(keys).stream().anyMatch(key -> Files.isRegularFile(directory.resolve(key)));
    }

    /** The file of a key; null when it is not there. */
    @Nullable
    Path file(String key) {
        Path file = directory.resolve(key);
        return Files.isRegularFile(file) ? file : null;
    }

    InvalidConnectionException invalid(String key, String why) {
        return new InvalidConnectionException(
                Reason.SECRET_INVALID, "The key " + key + " of the Secret " + secret + " cannot be used: " + why + ".");
    }

    private @Nullable String value(String key) {
        Path file = file(key);
        if (file == null) {
            return null;
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw invalid(key, "it is longer than " + MAX_BYTES + " bytes");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString()
                    .replaceFirst("\r?\n\\z", "");
            if (text.chars().anyMatch(Character::isISOControl)) {
                throw invalid(key, "it holds control characters");
            }
            return text;
        } catch (CharacterCodingException _) {
            throw invalid(key, "it is not UTF-8");
        } catch (IOException _) {
            throw invalid(key, "it cannot be read");
        }
    }

    /** A key's value. */
    record Value(String key, String text) {
        @Override
        public String toString() {
            return key;
        }
    }
}

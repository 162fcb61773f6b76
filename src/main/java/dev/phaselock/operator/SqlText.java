package dev.phaselock.operator;

import dev.phaselock.api.SqlFromSpec;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The text of {@code spec.sqlFrom}, as it is now. It is read by its name when a decision may need it, so no right to list
 * or watch ConfigMaps is wanted, and nobody's others are held in memory.
 *
 * @param text null when it is not there or too long
 * @param hash of the text; null without it
 * @param problem why there is no text, for people; null when there is one
 * @param stalls whether only another text ends the problem, so that it needs a person
 */
record SqlText(
        @Nullable String text,
        @Nullable String hash,
        @Nullable String problem,
        boolean stalls) {
    /** As spec.sql. */
    private static final int MAX_LENGTH = 50_000;

    private static final int BYTES = 8;
    private static final int FORBIDDEN = 403;

    static SqlText of(String text) {
        if (text.isBlank()) {
            return new SqlText(null, null, "it is empty", true);
        }
        return text.codePointCount(0, text.length()) > MAX_LENGTH
                ? new SqlText(null, null, "it is longer than %,d characters".formatted(MAX_LENGTH), true)
                : new SqlText(text, hash(text), null, false);
    }

    /** Asks the API server. */
    static SqlText read(KubernetesClient client, String namespace, SqlFromSpec.ConfigMapKey reference) {
        ConfigMap map;
        try {
            map = client.configMaps()
                    .inNamespace(namespace)
                    .withName(reference.name())
                    .get();
        } catch (KubernetesClientException e) {
            if (e.getCode() != FORBIDDEN) {
                throw e;
            }
            return missing(
                    "the operator may not read ConfigMap " + reference.name() + ": its role needs get on configmaps");
        }
        if (map == null) {
            return missing("ConfigMap " + reference.name() + " is not there");
        }
        String text = map.getData() == null ? null : map.getData().get(reference.key());
        return text == null
                ? missing("ConfigMap " + reference.name() + " has no key " + reference.key() + " with a text")
                : of(text);
    }

    private static SqlText missing(String why) {
        return new SqlText(null, null, why, false);
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

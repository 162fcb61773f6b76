package dev.phaselock.postgres;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.plan.Reason;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.InvalidIdentifierException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a URL's parameters and the manifest say about how to connect, apart from where and as whom. */
final class ConnectionOptions {
    private static final int CONNECT_SECONDS = 10;
    private static final int MOST_CONNECT_SECONDS = 60;

    private final Map<String, String> parts;

    /**
     * @param parts as {@link ConnectionUrl#parse} gives them
     */
    ConnectionOptions(Map<String, String> parts) {
        this.parts = parts;
    }

    /** @throws IllegalArgumentException when a parameter's value is none of those that are known */
    ConnectionSettings settings(
            List<Host> hosts,
            String database,
            String user,
            Password password,
            @Nullable DatabaseSpec spec,
            @Nullable Path authority,
            @Nullable ClientCertificate certificate) {
        return new ConnectionSettings(
                hosts,
                database,
                user,
                password,
                tls(
                        hosts,
                        spec == null || spec.tls() == null ? null : spec.tls().mode()),
                authority,
                certificate,
                targetSession(hosts),
                oneOf("channel_binding", "prefer", "prefer", "require", "disable"),
                connectSeconds(),
                spec == null || spec.role() == null ? null : identifier("database.role", spec.role()),
                spec == null || spec.schemas() == null || spec.schemas().isEmpty()
                        ? List.of(new Identifier("public"))
                        : spec.schemas().stream()
                                .map(schema -> identifier("database.schemas", schema))
                                .toList());
    }

    /** The manifest, else the URL, else nothing on this machine itself and everything anywhere else. */
    private TlsSpec.Mode tls(List<Host> hosts, TlsSpec.@Nullable Mode manifest) {
        if (manifest != null) {
            return manifest;
        }
        String mode = parts.get("sslmode");
        if (mode == null && parts.containsKey("ssl")) {
            mode = oneOf("ssl", "true", "true", "false").equals("true") ? "verify-full" : "disable";
        }
        if (mode == null) {
            return hosts.stream().allMatch(Host::isLoopback) ? TlsSpec.Mode.DISABLE : TlsSpec.Mode.VERIFY_FULL;
        }
        return switch (mode.toLowerCase(Locale.ROOT)) {
            case "disable" -> TlsSpec.Mode.DISABLE;
            case "require" -> TlsSpec.Mode.REQUIRE;
            case "verify-ca" -> TlsSpec.Mode.VERIFY_CA;
            case "verify-full" -> TlsSpec.Mode.VERIFY_FULL;
            case "allow", "prefer" ->
                throw new IllegalArgumentException("sslmode allow and prefer promise nothing: say disable, require,"
                        + " verify-ca or verify-full, or set database.tls.mode");
            default ->
                throw new IllegalArgumentException("sslmode is none of disable, require, verify-ca and verify-full");
        };
    }

    private String targetSession(List<Host> hosts) {
        String wanted = parts.get("target_session_attrs");
        if (wanted == null) {
            // Of several servers only the primary can do what a change needs.
            return hosts.size() > 1 ? "primary" : "any";
        }
        return switch (wanted) {
            case "any" -> "any";
            case "read-write", "primary", "master" -> "primary";
            default ->
                throw new IllegalArgumentException("a schema change needs the primary: target_session_attrs can be"
                        + " any, read-write or primary");
        };
    }

    private int connectSeconds() {
        String text = parts.get("connect_timeout");
        if (text == null) {
            return CONNECT_SECONDS;
        }
        if (!text.matches("[0-9]{1,4}")) {
            throw new IllegalArgumentException("connect_timeout is not a number of seconds");
        }
        int seconds = Integer.parseInt(text);
        // 0 means for ever to the driver, and nothing here waits for ever.
        return seconds == 0 ? CONNECT_SECONDS : Math.min(seconds, MOST_CONNECT_SECONDS);
    }

    private String oneOf(String name, String otherwise, String... allowed) {
        String value = parts.getOrDefault(name, otherwise);
        if (!List.of(allowed).contains(value)) {
            throw new IllegalArgumentException(name + " is none of " + String.join(", ", allowed));
        }
        return value;
    }

    private Identifier identifier(String field, String text) {
        try {
            return Identifier.parse(text);
        } catch (InvalidIdentifierException e) {
            throw new InvalidConnectionException(Reason.INVALID_SPEC, field + ": " + e.getMessage());
        }
    }
}

package dev.phaselock.postgres;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretKeyReference;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.SecretFiles.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the settings from a mounted Secret, and from the manifest where the Secret says nothing. A URL in the Secret
 * comes first, its other keys fill what the URL leaves out. The key sets of CloudNativePG ({@code <cluster>-app}),
 * Zalando's operator (user and password only) and Crunchy ({@code <cluster>-pguser-<user>}) are test data.
 */
final class SecretSettings {
    private static final String[] URL_KEYS = {"uri", "jdbc-uri", "url"};

    private final SecretFiles files;
    private final @Nullable Path authoritySecret;
    private final DatabaseSpec spec;
    private final String name;

    SecretSettings(Path secret, @Nullable Path authoritySecret, DatabaseSpec spec) {
        this.name = spec.secretRef().name();
        this.files = new SecretFiles(secret, name);
        this.authoritySecret = authoritySecret;
        this.spec = spec;
    }

    ConnectionSettings read() {
        if (!files.exists()) {
            throw new InvalidConnectionException(
                    Reason.SECRET_MISSING, "The Secret " + name + " is missing: create it in the change's namespace.");
        }
        Map<String, String> parts = parts();
        List<String> missing = new ArrayList<>();
        String hosts = fromSecretOrManifest(parts, "host", "host", spec.host(), missing);
        String port = spec.port() == null ? null : spec.port().toString();
        String ports = fromSecretOrManifest(parts, "port", "port", port, null);
        String database = fromSecretOrManifest(parts, "dbname", "name", spec.name(), missing);
        String user = fromSecretOrManifest(parts, "user", null, null, missing);
        String password = parts.get("password");
        if (password == null && !files.has("password")) {
            // An empty one is meant: for a server that asks for none.
            missing.add("password");
        }
        if (hosts == null || database == null || user == null || !missing.isEmpty()) {
            throw new InvalidConnectionException(
                    Reason.SECRET_MISSING,
                    "The Secret " + name + " has no " + String.join(", no ", missing)
                            + ": add the keys, or a uri; host, port and name may also be given in database.");
        }
        List<Host> servers = servers(hosts, ports == null ? "" : ports, parts);
        try {
            return new ConnectionOptions(parts)
                    .settings(
                            servers, database, user, new Password(password == null ? "" : password), spec, authority());
        } catch (IllegalArgumentException e) {
            throw unusable(e);
        }
    }

    private List<Host> servers(String hosts, String ports, Map<String, String> parts) {
        try {
            return Host.list(hosts, ports);
        } catch (IllegalArgumentException e) {
            if (parts.containsKey("host") || parts.containsKey("port")) {
                throw unusable(e);
            }
            throw new InvalidConnectionException(Reason.INVALID_SPEC, "database.host: " + e.getMessage() + ".");
        }
    }

    private InvalidConnectionException unusable(IllegalArgumentException e) {
        return new InvalidConnectionException(
                Reason.SECRET_INVALID, "The Secret " + name + " cannot be used: " + e.getMessage() + ".");
    }

    /** What the Secret says: its URL, and its other keys where the URL leaves something out. */
    private Map<String, String> parts() {
        Map<String, String> parts = new TreeMap<>();
        Value url = files.first(URL_KEYS);
        if (url != null) {
            try {
                parts.putAll(ConnectionUrl.parse(url.text()));
            } catch (IllegalArgumentException e) {
                throw files.invalid(url.key(), e.getMessage());
            }
            if (parts.containsKey("sslrootcert")) {
                // It would name a file of the Job's pod.
                throw files.invalid(url.key(), "sslrootcert cannot be given in a Secret: use its key ca.crt");
            }
        }
        fill(parts, "host", "host");
        fill(parts, "port", "port");
        fill(parts, "dbname", "dbname", "database");
        fill(parts, "user", "user", "username");
        fill(parts, "password", "password");
        return parts;
    }

    private void fill(Map<String, String> parts, String part, String... keys) {
        Value value = parts.containsKey(part) ? null : files.first(keys);
        // A port beside the URL's host would be another server's.
        if (value != null && !(part.equals("port") && fromUrl(parts, "host"))) {
            parts.put(part, value.text());
        }
    }

    private boolean fromUrl(Map<String, String> parts, String part) {
        return parts.containsKey(part) && files.first(URL_KEYS) != null;
    }

    /**
     * @param field the field of {@code database} in the manifest; null when there is none
     * @param missing takes the name of a part that nobody gives; null when it is not needed
     */
    private @Nullable String fromSecretOrManifest(
            Map<String, String> parts,
            String part,
            @Nullable String field,
            @Nullable String manifest,
            @Nullable List<String> missing) {
        String secret = parts.get(part);
        if (secret != null && manifest != null) {
            // Else whoever may create a SchemaChange could have the password sent to a host of theirs.
            throw new InvalidConnectionException(
                    Reason.INVALID_SPEC,
                    "database." + field + " is given, and the Secret " + name + " has a " + part
                            + " already: leave one of them out.");
        }
        if (secret == null && manifest == null && missing != null) {
            missing.add(part);
        }
        return secret != null ? secret : manifest;
    }

    /** The manifest's certificate authority, else the Secret's. */
    private @Nullable Path authority() {
        SecretKeyReference reference = spec.tls() == null ? null : spec.tls().caSecretRef();
        SecretFiles holder = files;
        String key = "ca.crt";
        if (reference != null) {
            key = reference.key() == null ? key : reference.key();
            holder = new SecretFiles(authoritySecret == null ? Path.of("") : authoritySecret, reference.name());
            if (authoritySecret == null || holder.file(key) == null) {
                throw new InvalidConnectionException(
                        Reason.SECRET_MISSING,
                        "database.tls.caSecretRef: the Secret " + reference.name() + " or its key " + key
                                + " is missing: create it.");
            }
        }
        Path file = holder.file(key);
        if (file != null && !CertificateFiles.holdsCertificate(file)) {
            throw holder.invalid(key, "it is not a certificate in PEM form");
        }
        return file;
    }
}

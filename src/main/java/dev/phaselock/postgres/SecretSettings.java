package dev.phaselock.postgres;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.SecretFiles.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
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
    private static final String NO_CERTIFICATE = "it is not a certificate in PEM form";
    private static final String[] URL_KEYS = {"uri", "jdbc-uri", "url"};

    private final SecretFiles files;
    private final @Nullable Path authority;
    private final @Nullable Path certificate;
    private final DatabaseSpec spec;
    private final String name;

    SecretSettings(Path secret, @Nullable Path authority, @Nullable Path certificate, DatabaseSpec spec) {
        this.name = spec.secretRef().name();
        this.files = new SecretFiles(secret, name);
        this.authority = authority;
        this.certificate = certificate;
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
        ClientCertificate shown = clientCertificate();
        if (password == null && shown == null && !files.has("password")) {
            // An empty one is meant: for a server that asks for none. With a certificate none may be needed.
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
                            servers,
                            database,
                            user,
                            new Password(password == null ? "" : password),
                            spec,
                            authority(),
                            shown);
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
            // They would name files of the Job's pod.
            if (parts.containsKey("sslrootcert")) {
                throw files.invalid(url.key(), "sslrootcert cannot be given in a Secret: use its key ca.crt");
            }
            if (parts.containsKey("sslcert") || parts.containsKey("sslkey")) {
                throw files.invalid(
                        url.key(), "sslcert and sslkey cannot be given in a Secret: use its keys tls.crt and tls.key");
            }
        }
        fill(parts, "host", "host");
        fill(parts, "port", "port");
        fill(parts, "dbname", "dbname", "database");
        // Of CloudNativePG's superuser: any database.
        parts.remove("dbname", "*");
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
        TlsSpec tls = spec.tls();
        if (tls != null && tls.caSecretRef() != null && tls.caConfigMapRef() != null) {
            throw new InvalidConnectionException(
                    Reason.INVALID_SPEC,
                    "database.tls: caSecretRef and caConfigMapRef are both given: leave one of them out.");
        }
        if (tls != null && tls.caSecretRef() != null) {
            String field =
                    "database.tls.caSecretRef: the Secret " + tls.caSecretRef().name();
            return mountedAuthority(field, tls.caSecretRef().key());
        }
        if (tls != null && tls.caConfigMapRef() != null) {
            String field = "database.tls.caConfigMapRef: the ConfigMap "
                    + tls.caConfigMapRef().name();
            return mountedAuthority(field, tls.caConfigMapRef().key());
        }
        Path file = files.file("ca.crt");
        if (file != null && !CertificateFiles.holdsCertificate(file)) {
            throw files.invalid("ca.crt", NO_CERTIFICATE);
        }
        return file;
    }

    private Path mountedAuthority(String holder, @Nullable String keyOrDefault) {
        String key = keyOrDefault == null ? "ca.crt" : keyOrDefault;
        Path file = authority == null ? null : authority.resolve(key);
        if (file == null || !Files.isRegularFile(file)) {
            throw new InvalidConnectionException(
                    Reason.SECRET_MISSING, holder + " or its key " + key + " is missing: create it.");
        }
        if (!CertificateFiles.holdsCertificate(file)) {
            throw new InvalidConnectionException(
                    Reason.SECRET_INVALID, holder + ": its key " + key + " cannot be used: " + NO_CERTIFICATE + ".");
        }
        return file;
    }

    /** The manifest's client certificate, else the Secret's, if it has one. */
    private @Nullable ClientCertificate clientCertificate() {
        SecretReference reference = spec.tls() == null ? null : spec.tls().clientCertificateSecretRef();
        SecretFiles holder = files;
        String named = "The Secret " + name;
        if (reference != null) {
            named = "database.tls.clientCertificateSecretRef: the Secret " + reference.name();
            holder = new SecretFiles(certificate == null ? Path.of("") : certificate, reference.name());
            if (certificate == null || !holder.exists()) {
                throw new InvalidConnectionException(Reason.SECRET_MISSING, named + " is missing: create it.");
            }
        }
        Path chain = holder.file("tls.crt");
        Path key = holder.file("tls.key");
        if (chain == null && key == null && reference == null) {
            return null;
        }
        if (chain == null || key == null) {
            throw new InvalidConnectionException(
                    Reason.SECRET_MISSING,
                    named + " has no " + (chain == null ? "tls.crt" : "tls.key")
                            + ": a client certificate needs tls.crt and tls.key.");
        }
        if (!CertificateFiles.holdsCertificate(chain)) {
            throw holder.invalid("tls.crt", NO_CERTIFICATE);
        }
        ClientCertificate pair = new ClientCertificate(chain, key);
        try {
            pair.check();
        } catch (GeneralSecurityException | IOException e) {
            throw holder.invalid("tls.key", ClientCertificate.reason(e));
        }
        return pair;
    }
}

package dev.phaselock.postgres;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.plan.Reason;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the settings from a URL that a person gave on the command line, as psql would understand it. */
final class UrlSettings {
    private UrlSettings() {}

    static ConnectionSettings read(String url, @Nullable DatabaseSpec spec, Map<String, String> environment) {
        try {
            Map<String, String> parts = ConnectionUrl.parse(url);
            String user = parts.getOrDefault(
                    "user", environment.getOrDefault("PGUSER", System.getProperty("user.name", "postgres")));
            String authority = parts.get("sslrootcert");
            Path authorityFile = authority == null || authority.equals("system") ? null : Path.of(authority);
            if (authorityFile != null && !CertificateFiles.holdsCertificate(authorityFile)) {
                throw new IllegalArgumentException("sslrootcert is not a file with a certificate in PEM form");
            }
            // TLS is the URL's matter here: the manifest speaks of the way from a pod.
            DatabaseSpec ofManifest = spec == null
                    ? null
                    : new DatabaseSpec(spec.secretRef(), null, null, null, spec.role(), spec.schemas(), null);
            return new ConnectionOptions(parts)
                    .settings(
                            Host.list(parts.getOrDefault("host", "localhost"), parts.getOrDefault("port", "")),
                            parts.getOrDefault("dbname", user),
                            user,
                            new Password(parts.getOrDefault("password", environment.getOrDefault("PGPASSWORD", ""))),
                            ofManifest,
                            authorityFile);
        } catch (IllegalArgumentException e) {
            throw new InvalidConnectionException(
                    Reason.INVALID_SPEC, "The database URL cannot be used: " + e.getMessage() + ".");
        }
    }
}

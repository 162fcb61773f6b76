package dev.phaselock.postgres;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.plan.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
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
                            authorityFile,
                            certificate(parts));
        } catch (IllegalArgumentException e) {
            throw new InvalidConnectionException(
                    Reason.INVALID_SPEC, "The database URL cannot be used: " + e.getMessage() + ".");
        }
    }

    private static @Nullable ClientCertificate certificate(Map<String, String> parts) {
        String certificate = parts.get("sslcert");
        String key = parts.get("sslkey");
        if (certificate == null && key == null) {
            return null;
        }
        if (certificate == null || key == null) {
            throw new IllegalArgumentException("sslcert and sslkey go together");
        }
        if (!CertificateFiles.holdsCertificate(Path.of(certificate))) {
            throw new IllegalArgumentException("sslcert is not a file with a certificate in PEM form");
        }
        try {
            ClientCertificate pair = new ClientCertificate(Path.of(certificate), Path.of(key));
            pair.check();
            return pair;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("sslkey: " + ClientCertificate.reason(e));
        }
    }
}

package dev.phaselock.postgres;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.sql.Identifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a database, from whatever source. Nothing in it chooses code or files but those of certificates.
 *
 * @param hosts tried in order
 * @param tls what of the server is verified
 * @param certificateAuthority a PEM file; null for the JVM's trust store
 * @param clientCertificate what is shown to the server; null for nothing
 * @param targetSession {@code any} or {@code primary}, as the driver's {@code targetServerType}
 * @param channelBinding {@code prefer}, {@code require} or {@code disable}
 * @param connectSeconds how long to wait for one host
 * @param role the role to act as; null for the user itself
 * @param schemas where unqualified names are looked for; not empty
 */
public record ConnectionSettings(
        List<Host> hosts,
        String database,
        String user,
        Password password,
        TlsSpec.Mode tls,
        @Nullable Path certificateAuthority,
        @Nullable ClientCertificate clientCertificate,
        String targetSession,
        String channelBinding,
        int connectSeconds,
        @Nullable Identifier role,
        List<Identifier> schemas) {

    public ConnectionSettings {
        hosts = List.copyOf(hosts);
        schemas = List.copyOf(schemas);
        if (hosts.isEmpty() || schemas.isEmpty()) {
            throw new IllegalArgumentException("Hosts and schemas must not be empty");
        }
    }

    /**
     * Of a mounted Secret and the manifest.
     *
     * @param secret the folder where the Secret is mounted; may be empty or missing
     * @param authority the folder where {@code tls.caSecretRef} or {@code tls.caConfigMapRef} is mounted; null when the
     *     manifest has none
     * @param certificate the folder where {@code tls.clientCertificateSecretRef} is mounted; null when the manifest has none
     * @throws InvalidConnectionException when a part is missing, cannot be used, or is given twice
     */
    public static ConnectionSettings ofSecret(
            Path secret, @Nullable Path authority, @Nullable Path certificate, DatabaseSpec spec) {
        return new SecretSettings(secret, authority, certificate, spec).read();
    }

    /**
     * Of a URL on the command line. What it leaves out comes from {@code PGUSER}, {@code PGPASSWORD} and, by the driver,
     * {@code ~/.pgpass}; role and schemas come from the manifest, and nothing else of it.
     *
     * @param spec null without a manifest
     * @param environment the environment variables
     * @throws InvalidConnectionException when it is no such URL
     */
    public static ConnectionSettings ofUrl(String url, @Nullable DatabaseSpec spec, Map<String, String> environment) {
        return UrlSettings.read(url, spec, environment);
    }

    /** For people: never with the password. */
    String address() {
        return hosts.stream().map(Host::toString).collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        return user + "@" + address() + "/" + database + " (" + tls + ")";
    }
}

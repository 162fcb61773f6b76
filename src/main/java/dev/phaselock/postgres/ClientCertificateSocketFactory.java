package dev.phaselock.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Properties;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.ssl.NonValidatingFactory;
import org.postgresql.ssl.WrappedFactory;

/**
 * TLS with a client certificate, for the driver, which makes it by its name. The driver's own factory takes neither the
 * forms in which cert-manager writes keys nor files that a group may read, as those of a Secret's volume may be. Of the
 * server it verifies what the driver's does; the host name is the driver's matter, as ever.
 */
public final class ClientCertificateSocketFactory extends WrappedFactory {
    private static final char[] NO_PASSWORD = new char[0];

    /** @param properties the driver's */
    public ClientCertificateSocketFactory(Properties properties) throws GeneralSecurityException, IOException {
        ClientCertificate certificate =
                new ClientCertificate(path(properties, PGProperty.SSL_CERT), path(properties, PGProperty.SSL_KEY));
        KeyStore keys = empty();
        keys.setKeyEntry("client", certificate.privateKey(), NO_PASSWORD, certificate.certificates());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trust(properties), null);
        factory = context.getSocketFactory();
    }

    /** Null for the JVM's own. */
    private static TrustManager @Nullable [] trust(Properties properties) throws GeneralSecurityException, IOException {
        if ("require".equals(PGProperty.SSL_MODE.getOrDefault(properties))) {
            return new TrustManager[] {new NonValidatingFactory.NonValidatingTM()};
        }
        if (PGProperty.SSL_ROOT_CERT.getOrDefault(properties) == null) {
            return null;
        }
        KeyStore authorities = empty();
        try (InputStream in = Files.newInputStream(path(properties, PGProperty.SSL_ROOT_CERT))) {
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                authorities.setCertificateEntry("ca" + authorities.size(), authority);
            }
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(authorities);
        return managers.getTrustManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static Path path(Properties properties, PGProperty property) {
        String path = property.getOrDefault(properties);
        if (path == null) {
            throw new IllegalArgumentException(property.getName() + " is missing");
        }
        return Path.of(path);
    }
}

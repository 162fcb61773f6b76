package dev.phaselock.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A server certificate for 127.0.0.1 that signs itself, made by the JDK's {@code keytool}. */
final class SelfSignedCertificate {
    // Guards nothing: the folder does.
    private static final String PASSWORD = "phaselock";

    private SelfSignedCertificate() {}

    /** The certificate that is kept in the folder, a new one when there is none. */
    static SSLContext context(Path folder) throws IOException, GeneralSecurityException {
        Path file = folder.resolve("certificate.p12");
        if (!Files.exists(file)) {
            Keytool.selfSigned(file, "CN=phaselock-stand-in-node", "SAN=ip:127.0.0.1", PASSWORD);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}

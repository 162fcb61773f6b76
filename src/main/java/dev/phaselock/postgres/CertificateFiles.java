package dev.phaselock.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/** Looks at a certificate authority's file before the driver does, whose own message is about neither Secret nor key. */
final class CertificateFiles {
    private static final long MAX_BYTES = 1_048_576;

    private CertificateFiles() {}

    /** Whether a file can be read and holds at least one X.509 certificate. */
    static boolean holdsCertificate(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Files.size(file) <= MAX_BYTES
                    && !CertificateFactory.getInstance("X.509")
                            .generateCertificates(in)
                            .isEmpty();
        } catch (IOException | CertificateException _) {
            return false;
        }
    }
}

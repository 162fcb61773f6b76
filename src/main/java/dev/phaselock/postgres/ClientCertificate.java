package dev.phaselock.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;

/**
 * What is shown to a server that asks who we are.
 *
 * @param chain a PEM file: the certificate, then those between it and the authority
 * @param key a PEM file: the certificate's private key, see {@link PrivateKeys}
 */
record ClientCertificate(Path chain, Path key) {
    /** Reads the certificates; the first is the client's own. */
    X509Certificate[] certificates() throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(chain)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        }
    }

    PrivateKey privateKey() throws GeneralSecurityException, IOException {
        return PrivateKeys.read(key);
    }

    /**
     * Whether key and certificate belong together.
     *
     * @throws InvalidKeySpecException when they do not, or the key is none that can be used; its message is for people
     */
    void check() throws GeneralSecurityException, IOException {
        PrivateKey secret = privateKey();
        PublicKey known = certificates()[0].getPublicKey();
        if (!secret.getAlgorithm().equals(known.getAlgorithm()) || !signs(secret, known)) {
            throw new InvalidKeySpecException("it is not the key of the certificate in tls.crt");
        }
    }

    private static boolean signs(PrivateKey secret, PublicKey known) throws GeneralSecurityException {
        String algorithm = switch (secret.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> secret.getAlgorithm();
        };
        byte[] probe = {1};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(secret);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(known);
        signature.update(probe);
        return signature.verify(signed);
    }

    /** For people; nothing of the key. */
    static String reason(Exception e) {
        return e instanceof InvalidKeySpecException ? e.getMessage() : "it cannot be read";
    }
}

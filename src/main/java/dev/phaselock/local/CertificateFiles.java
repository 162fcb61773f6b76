package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;

/** A certificate that signs itself, with its key: who is told to trust it trusts whoever has the key, nobody else. */
final class CertificateFiles {
    // Guards nothing: the folder does.
    private static final String PASSWORD = "phaselock";

    private CertificateFiles() {}

    /**
     * Writes {@code NAME.crt} and {@code NAME.key}, in PEM, unless they are there.
     *
     * @param extension what it is for, as {@code keytool -ext} takes it: {@code EKU=clientAuth}
     */
    static void make(Path folder, String name, String extension) throws IOException {
        Path store = folder.resolve(name + ".p12");
        if (Files.exists(store)) {
            return;
        }
        Keytool.selfSigned(store, "CN=" + name, extension, PASSWORD);
        try {
            KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            String alias = keys.aliases().nextElement();
            PrivateFiles.write(
                    folder.resolve(name + ".key"),
                    Pem.text(
                            "PRIVATE KEY",
                            keys.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
            PrivateFiles.write(
                    folder.resolve(name + ".crt"),
                    Pem.text("CERTIFICATE", keys.getCertificate(alias).getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate that keytool has made cannot be read", e);
        }
    }
}

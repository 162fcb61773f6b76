package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;

/** A client's certificate that signs itself: a server that is told to trust it lets in whoever has its key, nobody else. */
final class ClientCertificate {
    // Guards nothing: the folder does.
    private static final String PASSWORD = "phaselock";

    private ClientCertificate() {}

    /** Writes {@code NAME.crt} and {@code NAME.key}, in PEM, unless they are there. */
    static void make(Path folder, String name) throws IOException {
        Path store = folder.resolve(name + ".p12");
        if (Files.exists(store)) {
            return;
        }
        Keytool.selfSigned(store, "CN=" + name, "EKU=clientAuth", PASSWORD);
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

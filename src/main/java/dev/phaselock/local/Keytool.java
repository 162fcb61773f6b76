package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Makes keys with certificates that sign themselves, by the JDK's {@code keytool}. */
final class Keytool {
    private Keytool() {}

    /**
     * Writes a new PKCS #12 file with one key and its certificate.
     *
     * @param name the subject, for instance {@code CN=one}
     * @param extension as {@code keytool -ext} takes it
     */
    static void selfSigned(Path file, String name, String extension, String password) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-J-XX:TieredStopAtLevel=1",
                        "-J-XX:+UseSerialGC",
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        name,
                        "-ext",
                        extension,
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        password))
                .redirectErrorStream(true)
                .start();
        try (var output = process.inputReader()) {
            String text = output.readAllAsString();
            if (process.waitFor() != 0) {
                throw new IOException("keytool makes no certificate: " + text.strip());
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while keytool ran", e);
        }
    }
}

package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as OpenSSL makes them, and so as people have them, each in several forms. */
class PrivateKeysTest {
    @TempDir
    private static Path keys;

    @BeforeAll
    static void makeKeys() throws Exception {
        for (List<String> key : List.of(
                List.of("rsa", "RSA", "rsa_keygen_bits:2048", "pkcs1"),
                List.of("ec-p256", "EC", "ec_paramgen_curve:P-256", "sec1"),
                List.of("ec-p384", "EC", "ec_paramgen_curve:P-384", "sec1"))) {
            String pkcs8 = key.get(0) + "-pkcs8.pem";
            openssl("genpkey", "-algorithm", key.get(1), "-pkeyopt", key.get(2), "-out", pkcs8);
            openssl("pkey", "-in", pkcs8, "-traditional", "-out", key.get(0) + "-" + key.get(3) + ".pem");
        }
        openssl("genpkey", "-algorithm", "ED25519", "-out", "ed25519-pkcs8.pem");
        for (String[] form : new String[][] {{"-traditional", "pkcs1"}, {"-aes256", "pkcs8"}}) {
            openssl(
                    "pkey",
                    "-in",
                    "rsa-pkcs8.pem",
                    form[0],
                    "-aes256",
                    "-passout",
                    "pass:geheim",
                    "-out",
                    "encrypted-" + form[1] + ".pem");
        }
    }

    private static void openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Path output = keys.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(keys.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor())
                .as(command + ": " + Files.readString(output))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "rsa-pkcs1, rsa-pkcs8, RSA",
        "ec-p256-sec1, ec-p256-pkcs8, EC",
        "ec-p384-sec1, ec-p384-pkcs8, EC",
        "ed25519-pkcs8, ed25519-pkcs8, EdDSA"
    })
    void eachFormOfAKeyIsTheSameKey(String form, String pkcs8, String algorithm) throws Exception {
        PrivateKey read = PrivateKeys.read(file(form));
        PrivateKey same = PrivateKeys.read(file(pkcs8));
        assertThat(read.getAlgorithm()).isEqualTo(algorithm);
        if (read instanceof ECPrivateKey ec && same instanceof ECPrivateKey other) {
            // The encodings differ: one repeats the curve.
            assertThat(ec.getS()).isEqualTo(other.getS());
            assertThat(ec.getParams().toString()).isEqualTo(other.getParams().toString());
        } else {
            assertThat(read).isEqualTo(same);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"encrypted-pkcs1", "encrypted-pkcs8"})
    void anEncryptedKeyIsRefusedAsSuch(String name) {
        assertThatThrownBy(() -> PrivateKeys.read(file(name)))
                .isInstanceOf(InvalidKeySpecException.class)
                .hasMessageContaining("passphrase");
    }

    @Test
    void whatIsNoKeyIsRefused(@TempDir Path folder) throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "geheim");
        assertThatThrownBy(() -> PrivateKeys.read(text)).hasMessage("it is not a private key in PEM form");
        for (String kind : new String[] {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
            for (String body : new String[] {"", "MA==", "MIIB", "Z2VoZWlt"}) {
                Path broken = Files.writeString(
                        folder.resolve("broken"),
                        "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----");
                assertThatThrownBy(() -> PrivateKeys.read(broken))
                        .as(kind + " " + body)
                        .isInstanceOf(InvalidKeySpecException.class)
                        .hasMessageContaining("it is not an RSA, EC or Ed25519 private key");
            }
        }
    }

    private static Path file(String name) {
        return keys.resolve(name + ".pem");
    }
}

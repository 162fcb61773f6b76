package dev.phaselock.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Makes certificate authorities and server certificates for a test, with the JDK's keytool. */
public final class Certificates {
    private static final String PASSWORD = "changeit";

    private final Path folder;

    public Certificates(Path folder) {
        this.folder = folder;
    }

    /** A new certificate authority; returns its certificate as a PEM file. */
    public Path authority(String name) throws IOException, InterruptedException {
        keytool(
                "-genkeypair",
                "-keystore",
                store(name),
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c",
                "-keyalg",
                "EC",
                "-validity",
                "2");
        Path pem = folder.resolve(name + ".pem");
        keytool("-exportcert", "-rfc", "-keystore", store(name), "-alias", name, "-file", pem.toString());
        return pem;
    }

    /** A new key and certificate for a host name, signed by an authority. */
    public Server server(String authority, String host)
            throws IOException, InterruptedException, GeneralSecurityException {
        return signed(authority, host, host, "-0d");
    }

    /** The same, of a certificate whose two days were over yesterday. */
    Server expired(String authority, String host) throws IOException, InterruptedException, GeneralSecurityException {
        return signed(authority, "expired-" + host, host, "-3d");
    }

    private Server signed(String authority, String name, String host, String from)
            throws IOException, InterruptedException, GeneralSecurityException {
        String request = folder.resolve(name + ".csr").toString();
        Path certificate = folder.resolve(name + ".crt");
        keytool(
                "-genkeypair",
                "-keystore",
                store(name),
                "-alias",
                name,
                "-dname",
                "CN=" + host,
                "-keyalg",
                "EC",
                "-validity",
                "2");
        keytool("-certreq", "-keystore", store(name), "-alias", name, "-file", request);
        keytool(
                "-gencert",
                "-rfc",
                "-keystore",
                store(authority),
                "-alias",
                authority,
                "-infile",
                request,
                "-outfile",
                certificate.toString(),
                "-ext",
                "san=dns:" + host,
                "-startdate",
                from,
                "-validity",
                "2");
        KeyStore keys = KeyStore.getInstance(Path.of(store(name)).toFile(), PASSWORD.toCharArray());
        byte[] key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
        return new Server(
                Files.readString(certificate),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    /** An authority's certificate as a trust store for {@code javax.net.ssl.trustStore}; its password is changeit. */
    Path trustStore(String authority) throws IOException, InterruptedException {
        Path store = folder.resolve(authority + "-trust.p12");
        keytool(
                "-importcert",
                "-noprompt",
                "-keystore",
                store.toString(),
                "-alias",
                authority,
                "-file",
                folder.resolve(authority + ".pem").toString());
        return store;
    }

    private String store(String name) {
        return folder.resolve(name + ".p12").toString();
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool failed: " + output);
        }
    }

    /** PEM texts. */
    public record Server(String certificate, String key) {}
}

package dev.phaselock.postgres;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads private keys from PEM: PKCS#8 ({@code PRIVATE KEY}), PKCS#1 ({@code RSA PRIVATE KEY}) and SEC1 ({@code EC PRIVATE
 * KEY}). cert-manager writes PKCS#1 and SEC1 unless it is told otherwise, and the operators of PostgreSQL that make
 * certificates in Go write SEC1; the JDK knows PKCS#8 alone, so the other two get its frame (RFC 5208, RFC 5915).
 */
final class PrivateKeys {
    private static final int MAX_BYTES = 65_536;
    private static final Pattern PEM = Pattern.compile(
            "-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519", "Ed448");

    /** AlgorithmIdentifier of rsaEncryption, with its NULL. */
    private static final byte[] RSA = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /** The object identifier of id-ecPublicKey. */
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int CURVE = 0xa0;

    private PrivateKeys() {}

    /** @throws InvalidKeySpecException when it is none of these; its message is for people and holds nothing of the key */
    static PrivateKey read(Path file) throws GeneralSecurityException, IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new InvalidKeySpecException("it is longer than " + MAX_BYTES + " bytes");
        }
        Matcher pem = PEM.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new InvalidKeySpecException("it is not a private key in PEM form");
        }
        String kind = pem.group(1);
        String body = pem.group(2);
        if (kind.startsWith("ENCRYPTED") || body.contains("Proc-Type")) {
            throw new InvalidKeySpecException("the key is encrypted with a passphrase: store it without one");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(body);
            return parse(
                    switch (kind) {
                        case "RSA PRIVATE KEY" -> framed(RSA, der);
                        case "EC PRIVATE KEY" -> framed(element(SEQUENCE, EC, curve(der)), der);
                        default -> der;
                    });
        } catch (IllegalArgumentException | java.nio.BufferUnderflowException _) {
            throw unusable();
        }
    }

    private static PrivateKey parse(byte[] pkcs8) throws GeneralSecurityException {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException _) {
                // Another algorithm's.
            }
        }
        throw unusable();
    }

    private static InvalidKeySpecException unusable() {
        return new InvalidKeySpecException("it is not an RSA, EC or Ed25519 private key");
    }

    private static byte[] framed(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, element(INTEGER, new byte[1]), algorithm, element(OCTETS, key));
    }

    /** The object identifier of a SEC1 key's curve: version, key, then the curve in brackets. */
    private static byte[] curve(byte[] sec1) {
        ByteBuffer key = value(ByteBuffer.wrap(sec1), SEQUENCE);
        value(key, INTEGER);
        value(key, OCTETS);
        ByteBuffer curve = value(key, CURVE);
        byte[] identifier = new byte[curve.remaining()];
        curve.get(identifier);
        value(ByteBuffer.wrap(identifier), OBJECT_IDENTIFIER);
        return identifier;
    }

    /** The value of the next element, which has to have this tag. */
    private static ByteBuffer value(ByteBuffer der, int tag) {
        if (Byte.toUnsignedInt(der.get()) != tag) {
            throw new IllegalArgumentException("Another element");
        }
        int length = Byte.toUnsignedInt(der.get());
        if (length > 0x7f) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | Byte.toUnsignedInt(der.get());
            }
        }
        if (length < 0 || length > der.remaining()) {
            throw new IllegalArgumentException("A length beyond the end");
        }
        ByteBuffer value = der.slice(der.position(), length);
        der.position(der.position() + length);
        return value;
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream der = new ByteArrayOutputStream(length + 4);
        der.write(tag);
        if (length > 0xff) {
            der.write(0x82);
            der.write(length >> 8);
        } else if (length > 0x7f) {
            der.write(0x81);
        }
        der.write(length);
        for (byte[] part : parts) {
            der.writeBytes(part);
        }
        return der.toByteArray();
    }
}

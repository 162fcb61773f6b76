package dev.phaselock.local;

import java.util.Base64;

/** The textual encoding of keys and certificates. */
final class Pem {
    private Pem() {}

    /** @param type as in the first line, for instance {@code PRIVATE KEY} */
    static String text(String type, byte[] encoded) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
    }
}

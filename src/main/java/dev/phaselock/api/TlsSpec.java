package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** How the connection to the server is encrypted and what of the server is verified. */
public record TlsSpec(
        @JsonPropertyDescription(
                "Disable, Require (encrypts, verifies nothing), VerifyCa or VerifyFull. VerifyFull unless this or the Secret's URI says otherwise; a loopback address needs none.")
        Mode mode,

        @JsonPropertyDescription(
                "The certificate authority that signed the server's certificate (PEM). When left out: ca.crt of the database's Secret, else the trust store of the JVM.")
        SecretKeyReference caSecretRef) {

    /** The levels of libpq's {@code sslmode} that make a promise. */
    public enum Mode {
        @JsonProperty("Disable")
        DISABLE,
        @JsonProperty("Require")
        REQUIRE,
        @JsonProperty("VerifyCa")
        VERIFY_CA,
        @JsonProperty("VerifyFull")
        VERIFY_FULL
    }
}

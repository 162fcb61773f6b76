package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;

/** How the connection to the server is encrypted and what of the server is verified. */
@ValidationRule(
        value = "!has(self.caSecretRef) || !has(self.caConfigMapRef)",
        message = "the certificate authority comes from caSecretRef or from caConfigMapRef, not from both")
public record TlsSpec(
        @JsonPropertyDescription(
                "Disable, Require (encrypts, verifies nothing), VerifyCa or VerifyFull. VerifyFull unless this or the Secret's URI says otherwise; a loopback address needs none.")
        Mode mode,

        @JsonPropertyDescription(
                "The certificate authority that signed the server's certificate (PEM). When left out: ca.crt of the database's Secret, else the trust store of the JVM.")
        SecretKeyReference caSecretRef,

        @JsonPropertyDescription(
                "The same from a ConfigMap, as trust-manager and cloud providers give their bundles. Not beside caSecretRef.")
        ConfigMapKeyReference caConfigMapRef,

        @JsonPropertyDescription(
                "A Secret with tls.crt and tls.key (PEM): the certificate that Phaselock shows to the server. When left out: tls.crt and tls.key of the database's Secret, where it has them.")
        SecretReference clientCertificateSecretRef) {

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

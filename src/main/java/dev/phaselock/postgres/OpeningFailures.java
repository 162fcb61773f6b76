package dev.phaselock.postgres;

import static dev.phaselock.postgres.Failures.passing;
import static dev.phaselock.postgres.Failures.refused;

import dev.phaselock.api.TlsSpec;
import dev.phaselock.plan.Reason;
import dev.phaselock.sql.Identifier;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;

/** Says what a fault means that came while a session was opened: there the driver's own faults have a meaning too. */
final class OpeningFailures {
    private static final int MAX_ADDRESS = 80;

    /** One that works, one that watches who waits. */
    private static final String NEEDED = " A phase needs 2 sessions at once, and more to look for violations.";

    private OpeningFailures() {}

    static Failure classify(SQLException fault, ConnectionSettings settings) {
        String state = fault.getSQLState() == null ? "" : fault.getSQLState();
        boolean byServer = fault instanceof PSQLException e && e.getServerErrorMessage() != null;
        if (byServer) {
            return ofServer(fault, state, settings);
        }
        String address = Failure.shorten(settings.address(), MAX_ADDRESS);
        Failure tls = ofTls(fault, address, settings);
        if (tls != null) {
            return tls;
        }
        return switch (state) {
            case "08004" -> ofAuthentication(fault, address, settings);
            case "08001", "08006", "08003" -> unreachable(fault, state, address, settings);
            default -> Failures.ofSql(fault);
        };
    }

    /** The same, of the first statements of a session. */
    static Failure afterLogin(SQLException fault, ConnectionSettings settings) {
        return cause(fault, SocketTimeoutException.class) == null
                ? classify(fault, settings)
                : passing(
                        Reason.RETRYING_CONNECTION,
                        "What listens at " + Failure.shorten(settings.address(), MAX_ADDRESS)
                                + " lets us log in and does not answer: is it a pooler whose sessions are all taken?"
                                + NEEDED + " It is tried again.",
                        fault.getSQLState());
    }

    private static Failure ofServer(SQLException fault, String state, ConnectionSettings settings) {
        return switch (state) {
            case "53300" ->
                passing(Reason.RETRYING, Failures.serverMessage(fault) + "." + NEEDED + " It is tried again.", state);
            // No statement of ours is at fault. A server without room cannot write its cache of catalogs, until 13.
            case "XX000", "58030" ->
                passing(
                        Reason.RETRYING,
                        Failures.serverMessage(fault)
                                + ": the server is in trouble, see its log, and make room on the server's disk if it is"
                                + " full; it is tried again.",
                        state);
            case "08P01" -> ofPooler(fault, state, Failure.shorten(settings.address(), MAX_ADDRESS));
            default -> Failures.ofSql(fault);
        };
    }

    /**
     * What PgBouncer says of itself always has this SQLSTATE (until 1.20 at least, also of a wrong password), and is in
     * English everywhere. PostgreSQL has it for faults of the protocol, which pass as broken connections do.
     */
    private static Failure ofPooler(SQLException fault, String state, String address) {
        String said = Failures.serverMessage(fault);
        String answer = "What listens at " + address + " answers: " + said;
        if (said.contains("authentication failed") || said.contains("o such user")) {
            return refused(
                    Reason.CREDENTIALS_INVALID,
                    answer + ": correct user and password in the Secret, or the pooler's list of users.",
                    state);
        }
        return said.contains("o such database") || said.matches("Database .* does not exist")
                ? refused(Reason.DATABASE_MISSING, answer + ": correct its name, or the pooler's databases.", state)
                : passing(Reason.RETRYING_CONNECTION, answer + ". It is tried again.", state);
    }

    /** What {@code SET ROLE} met. */
    static Failure ofRole(SQLException fault, ConnectionSettings settings) {
        Identifier role = settings.role();
        return switch (String.valueOf(fault.getSQLState())) {
            case "22023" ->
                refused(
                        Reason.INVALID_TARGET,
                        "database.role: there is no role " + role + ": create it, or correct the name.",
                        fault.getSQLState());
            case "42501" ->
                refused(
                        Reason.PERMISSION_DENIED,
                        "database.role: user " + settings.user() + " may not take on the role " + role + ": GRANT "
                                + (role == null ? "" : role.quoted()) + " TO "
                                + new Identifier(settings.user()).quoted() + ".",
                        fault.getSQLState());
            default -> afterLogin(fault, settings);
        };
    }

    private static @Nullable Failure ofTls(SQLException fault, String address, ConnectionSettings settings) {
        String state = fault.getSQLState();
        if (text("The server does not support SSL.").equals(fault.getMessage())) {
            return refusedTls("The server at " + address + " offers no TLS, and database.tls.mode is "
                    + name(settings.tls()) + ": turn ssl on in the server, or set database.tls.mode to Disable.");
        }
        SSLException tls = cause(fault, SSLException.class);
        // A network that breaks during the handshake is an SSLException too; it has the network's own fault as its
        // cause.
        if (tls != null && !(tls.getCause() instanceof EOFException) && !(tls.getCause() instanceof SocketException)) {
            if (cause(fault, CertificateExpiredException.class) != null
                    || cause(fault, CertificateNotYetValidException.class) != null) {
                return refusedTls(
                        "The certificate of the server at " + address + ", or one of those that signed it, has"
                                + " expired or is not valid yet: renew it, or correct the CA"
                                + " (database.tls.caSecretRef, database.tls.caConfigMapRef, or ca.crt of the Secret).");
            }
            boolean certificate = cause(fault, CertificateException.class) != null;
            return refusedTls(
                    certificate
                            ? "The certificate of the server at " + address + " is not signed by "
                                    + (settings.certificateAuthority() == null
                                            ? "an authority that the JVM knows: give its CA in database.tls.caSecretRef,"
                                                    + " in database.tls.caConfigMapRef, or as ca.crt of the Secret."
                                            : "the given CA: correct database.tls.caSecretRef, database.tls.caConfigMapRef,"
                                                    + " or ca.crt of the Secret.")
                            : settings.clientCertificate() == null
                                    ? "TLS with the server at " + address
                                            + " failed: see database.tls and the server's log."
                                    : "TLS with the server at " + address
                                            + " failed; does its CA (ssl_ca_file) know the"
                                            + " client certificate in tls.crt"
                                            + " (database.tls.clientCertificateSecretRef)? See the server's log.");
        }
        // The driver has looked at the certificate's names itself; that fault has no cause.
        if ("08006".equals(state) && fault.getCause() == null && settings.tls() == TlsSpec.Mode.VERIFY_FULL) {
            return refusedTls("The certificate of the server at " + address
                    + " is for another host name: use a name that it has, or set database.tls.mode to VerifyCa.");
        }
        return null;
    }

    /** As it is written in the manifest. */
    private static String name(TlsSpec.Mode mode) {
        return switch (mode) {
            case DISABLE -> "Disable";
            case REQUIRE -> "Require";
            case VERIFY_CA -> "VerifyCa";
            case VERIFY_FULL -> "VerifyFull";
        };
    }

    private static Failure refusedTls(String message) {
        return refused(Reason.TLS_VERIFICATION_FAILED, message, null);
    }

    private static Failure ofAuthentication(SQLException fault, String address, ConnectionSettings settings) {
        if (text("Authentication method is not allowed by requireAuth").equals(fault.getMessage())) {
            return refused(
                    Reason.CREDENTIALS_INVALID,
                    "The server at " + address + " does not ask for the password by SCRAM: set its"
                            + " password_encryption to scram-sha-256, and the role's password again.",
                    fault.getSQLState());
        }
        return refused(
                Reason.CREDENTIALS_INVALID,
                settings.password().isEmpty()
                        ? "The server at " + address + " asks for a password, and there is none: give it in the"
                                + " Secret, or on a command line in PGPASSWORD."
                        : "The server at " + address + " and Phaselock do not agree on how to log in: it has to ask"
                                + " for the password by scram-sha-256.",
                fault.getSQLState());
    }

    private static Failure unreachable(SQLException fault, String state, String address, ConnectionSettings settings) {
        if (text("Could not find a server with specified targetServerType: {0}", "primary")
                .equals(fault.getMessage())) {
            return passing(
                    Reason.READ_ONLY, "None of " + address + " is a primary: a change needs one; tried again.", state);
        }
        if (settings.hosts().size() > 1) {
            // The fault is the last one's; others may have answered that they are standbys.
            return passing(
                    Reason.CONNECTION_FAILED,
                    "None of " + address
                            + " is a primary that answers: correct hosts and ports, or start it; it is tried"
                            + " again.",
                    state);
        }
        IOException io = cause(fault, IOException.class);
        String why = switch (io) {
            case UnknownHostException _ -> "The host name in " + address + " is not known";
            case SocketTimeoutException _ -> "The server at " + address + " does not answer in time";
            case ConnectException _ -> "No server listens at " + address;
            case null -> "The server at " + address + " does not answer in time";
            default -> "The server at " + address + " cannot be reached";
        };
        return passing(
                Reason.CONNECTION_FAILED, why + ": correct host and port, or start it; it is tried again.", state);
    }

    /** What the driver says, in the language in which it says it. */
    private static String text(String message, Object... arguments) {
        return GT.tr(message, arguments);
    }

    private static <T extends Throwable> @Nullable T cause(Throwable fault, Class<T> type) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }
}

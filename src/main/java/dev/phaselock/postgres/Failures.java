package dev.phaselock.postgres;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Says what a fault means: whether it passes, needs a person, or is our own. Unknown is refused. The meaning is in the
 * SQLSTATE (PostgreSQL documentation, appendix A), never in a message's text, which depends on the server's language.
 *
 * <p>Of the server's message only the primary one is repeated, and only where PostgreSQL itself wrote it from names:
 * DETAIL, HINT and CONTEXT hold row values, and so do the primary messages of data exceptions (class 22) and those that a
 * function raises.
 */
public final class Failures {
    /** The routine of PL/pgSQL that executes RAISE. */
    private static final String RAISE = "exec_stmt_raise";

    private static final int MAX_SERVER_MESSAGE = 180;

    private Failures() {}

    /** What a fault means that came while something was done: while connecting, see {@link ConnectionFailedException}. */
    public static Failure classify(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case ConnectionFailedException connecting -> {
                    return connecting.failure();
                }
                case InvalidConnectionException invalid -> {
                    return invalid.failure();
                }
                case SQLException sql -> {
                    return ofSql(sql);
                }
                default -> {
                    // Look at what caused it.
                }
            }
        }
        return internal(fault);
    }

    static Failure ofSql(SQLException fault) {
        String state = fault.getSQLState();
        String said = serverMessage(fault);
        if (state == null) {
            return new Failure(Outcome.REFUSED, Reason.STATEMENT_FAILED, said + ".", null);
        }
        return switch (state) {
            case "28P01", "28000" ->
                refused(Reason.CREDENTIALS_INVALID, said + ": correct user and password in the Secret.", state);
            case "3D000", "57P04" ->
                refused(Reason.DATABASE_MISSING, said + ": create it, or correct its name.", state);
            case "25006" ->
                passing(
                        Reason.READ_ONLY,
                        "The server is a standby or read-only: a change needs the primary; it is tried again.",
                        state);
            case "57P01", "57P02", "57P03", "57P05", "25P03", "25P04" ->
                passing(Reason.RETRYING_CONNECTION, said + ": it is tried again.", state);
            case "40001", "40P01", "40003", "55P03", "55006", "57014" ->
                passing(Reason.RETRYING, said + ": it is tried again.", state);
            case "53100" ->
                passing(Reason.RETRYING, said + ": make room on the server's disk; it is tried again.", state);
            case "53400" ->
                passing(Reason.RETRYING, said + ": raise that setting for the user; it is tried again.", state);
            case "42501" ->
                refused(Reason.PERMISSION_DENIED, said + ": grant it, or set database.role to a role that may.", state);
            case "42P01", "42703", "42704", "42883", "42830", "42804", "42809", "42P16", "3F000" ->
                refused(Reason.INVALID_TARGET, said + ": correct the manifest or the schema.", state);
            case "42601", "42803", "42P20", "42P22", "42P18" ->
                refused(Reason.INVALID_EXPRESSION, said + ": correct the manifest.", state);
            case "42710", "42P07" ->
                refused(Reason.CONFLICTING_DEFINITION, said + ": take another name, or drop what has it.", state);
            case "0A000" -> refused(Reason.UNSUPPORTED, said + ".", state);
            case "23503", "23514", "23502", "23505" ->
                new Failure(
                        Outcome.VIOLATED,
                        Reason.CONSTRAINT_VIOLATED,
                        said + ": clean the rows up; it goes on by itself then.",
                        state);
            default -> ofClass(state, said);
        };
    }

    private static Failure ofClass(String state, String said) {
        return switch (state.length() == 5 ? state.substring(0, 2) : "") {
            case "08" ->
                passing(Reason.RETRYING_CONNECTION, "The connection to the server broke: it is tried again.", state);
            case "53" -> passing(Reason.RETRYING, said + ": it is tried again.", state);
            default -> refused(Reason.STATEMENT_FAILED, said + " (SQLSTATE " + state + ").", state);
        };
    }

    /** The server's primary message, where it is fit to be repeated; without a full stop. */
    static String serverMessage(SQLException fault) {
        ServerErrorMessage server = fault instanceof PSQLException e ? e.getServerErrorMessage() : null;
        if (server == null || server.getMessage() == null) {
            return "The database driver reported a fault";
        }
        String state = fault.getSQLState() == null ? "" : fault.getSQLState();
        if (state.startsWith("22")) {
            return "An expression fails on a value in the table";
        }
        if (state.startsWith("P0") || RAISE.equals(server.getRoutine())) {
            return "A function or trigger of the database raised an error";
        }
        String text = Failure.shorten(server.getMessage(), MAX_SERVER_MESSAGE);
        return Character.toUpperCase(text.charAt(0)) + text.substring(1).replaceFirst("[.:]$", "");
    }

    private static Failure internal(Throwable fault) {
        StackTraceElement[] trace = fault.getStackTrace();
        String where = trace.length == 0 ? "" : " at " + place(trace);
        // Its message may hold anything.
        return refused(
                Reason.INTERNAL_ERROR,
                "A fault of Phaselock itself: " + fault.getClass().getSimpleName() + where
                        + ". Please report it; the log has more.",
                null);
    }

    private static String place(StackTraceElement[] trace) {
        StackTraceElement place = trace[0];
        for (StackTraceElement element : trace) {
            if (element.getClassName().startsWith("dev.phaselock.")) {
                place = element;
                break;
            }
        }
        return place.getClassName().replaceFirst(".*\\.", "") + ":" + place.getLineNumber();
    }

    static Failure refused(Reason reason, String message, @Nullable String state) {
        return new Failure(Outcome.REFUSED, reason, message, state);
    }

    static Failure passing(Reason reason, String message, @Nullable String state) {
        return new Failure(Outcome.TRANSIENT, reason, message, state);
    }
}

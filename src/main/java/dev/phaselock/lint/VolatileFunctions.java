package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.PgParser;
import java.util.Set;

/**
 * Finds functions whose value differs from row to row, for which PostgreSQL writes each row of a new column. The names are
 * those that {@code pg_proc} of PostgreSQL 13 to 18 calls volatile and that people use as defaults; a function of one's own
 * is volatile unless it says otherwise, so it counts as one.
 */
public final class VolatileFunctions {
    /** Those of PostgreSQL that people use as defaults and that are not volatile. */
    private static final Set<String> STEADY = Set.of(
            "now",
            "transaction_timestamp",
            "statement_timestamp",
            "current_setting",
            "date_trunc",
            "timezone",
            "to_timestamp",
            "to_char",
            "to_date",
            "lower",
            "upper",
            "md5",
            "coalesce",
            "concat",
            "length",
            "make_interval",
            "make_date",
            "jsonb_build_object",
            "jsonb_build_array",
            "json_build_object",
            "json_build_array",
            "array_fill",
            "string_to_array",
            "abs",
            "round",
            "floor",
            "ceil",
            "extract",
            "date_part",
            "pg_backend_pid",
            "inet_client_addr",
            "txid_current",
            "pg_current_xact_id");

    private VolatileFunctions() {}

    /** Whether one is in an expression of SQL, which is known to be one. */
    public static boolean anyIn(PgParser parser, String expression) {
        return anyIn(parser.parse("SELECT (\n" + expression + "\n)"));
    }

    static boolean anyIn(JsonNode expression) {
        for (JsonNode call : expression.findValues("FuncCall")) {
            JsonNode names = call.path("funcname");
            String name =
                    names.path(names.size() - 1).path("String").path("sval").asText();
            if (!STEADY.contains(name)) {
                return true;
            }
            // findValues does not look into what it has found.
            if (anyIn(call.path("args"))) {
                return true;
            }
        }
        return false;
    }
}

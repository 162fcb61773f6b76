package dev.phaselock.postgres;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.convert.InconvertibleException;
import dev.phaselock.convert.SqlChanges;
import dev.phaselock.sql.PgParser;
import java.util.List;

/** Changes that are written as SQL: so that reading it is tried as well. */
final class Sql {
    private static final PgParser PARSER = new PgParser();

    private Sql() {}

    static ChangeSpec[] changes(List<String> statements) {
        try {
            return SqlChanges.of(PARSER, String.join(";\n", statements)).toArray(ChangeSpec[]::new);
        } catch (InconvertibleException e) {
            throw new AssertionError(e);
        }
    }

    static ChangeSpec[] changes(String... statements) {
        return changes(List.of(statements));
    }
}

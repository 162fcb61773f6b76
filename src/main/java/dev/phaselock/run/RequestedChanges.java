package dev.phaselock.run;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.convert.InconvertibleException;
import dev.phaselock.convert.SqlChanges;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlPosition;
import dev.phaselock.sql.SqlSyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The changes that a manifest asks for, by {@code spec.changes} or by {@code spec.sql}. */
public final class RequestedChanges {
    private RequestedChanges() {}

    /**
     * Reads them. PostgreSQL's parser is loaded only for SQL.
     *
     * @throws InvalidChangeException that names the field, and in SQL the line and column
     */
    public static List<Change> of(@Nullable List<ChangeSpec> changes, @Nullable String sql) {
        if (sql == null) {
            return Changes.from(changes);
        }
        if (changes != null) {
            throw new InvalidChangeException("sql", "either changes or sql is wanted, and only one of them");
        }
        List<ChangeSpec> written;
        try {
            written = SqlChanges.of(new PgParser(), sql);
        } catch (SqlSyntaxException e) {
            throw new InvalidChangeException("sql", at(e.position()) + e.reason());
        } catch (InconvertibleException e) {
            throw new InvalidChangeException("sql", at(e.position()) + e.getMessage());
        }
        if (written.isEmpty()) {
            throw new InvalidChangeException("sql", "there is nothing to change in it");
        }
        try {
            return Changes.from(written);
        } catch (InvalidChangeException e) {
            throw new InvalidChangeException("sql", "as " + e.getMessage());
        }
    }

    private static String at(@Nullable SqlPosition position) {
        return position == null ? "" : position + ": ";
    }
}

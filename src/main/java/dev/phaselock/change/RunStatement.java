package dev.phaselock.change;

import dev.phaselock.api.RunStatementSpec;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a closed list, which runs as it is ({@link StatementJudge} says what is in the list).
 *
 * @param table what it is about, for people
 * @param sql its author's own text, without comments
 * @param label what it does, in a few words for people
 * @param effect how is seen that it is done
 * @param kind of the objects
 * @param objects that are created, dropped or altered
 * @param details of each dropped function its arguments' types, null for all; of a value's renaming the old and the new
 *     one; of a policy its name; of an attribute its name and its type
 * @param locks what it is known to lock, apart from what it creates
 * @param twin its text without the names that make it this object: with others between, it makes one of the same
 *     definition; empty where there is nothing to compare
 * @param whereMissing whether IF NOT EXISTS or IF EXISTS is there
 * @param rows how it changes rows; null when it does not
 */
public record RunStatement(
        QualifiedName table,
        String sql,
        String label,
        Effect effect,
        Kind kind,
        List<QualifiedName> objects,
        List<@Nullable String> details,
        List<Locked> locks,
        List<String> twin,
        boolean whereMissing,
        @Nullable RowChange rows)
        implements Change {
    private static final int MAX_SQL = 16_384;

    public RunStatement {
        objects = List.copyOf(objects);
        details = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(details));
        locks = List.copyOf(locks);
        twin = List.copyOf(twin);
    }

    /** How is seen that it is done. */
    public enum Effect {
        /** Twice is the same as once: the catalog does not say whether it ran. */
        REPEATABLE,
        /** The objects are there. */
        CREATED,
        /** The objects are not there. */
        DROPPED,
        /** An enum has the new value and not the old one. */
        VALUE_RENAMED,
        /** There is an index of the new name and none of the old one. */
        INDEX_RENAMED,
        /** A composite type has the attribute. */
        ATTRIBUTE_ADDED
    }

    /** What is created, dropped or altered, as far as anybody has to look for it in the catalog. */
    public enum Kind {
        FUNCTION,
        VIEW,
        MATERIALIZED_VIEW,
        SEQUENCE,
        TYPE,
        DOMAIN,
        SCHEMA,
        EXTENSION,
        POLICY,
        STATISTICS,
        OTHER
    }

    /**
     * What a statement locks.
     *
     * @param mode the strongest
     */
    public record Locked(QualifiedName relation, LockMode mode) {}

    /**
     * A change of rows.
     *
     * @param functions that it calls by name
     * @param event {@code INSERT}, {@code UPDATE} or {@code DELETE}
     * @param deleting whether other tables' rows may follow
     */
    public record RowChange(List<QualifiedName> functions, String event, boolean deleting) {
        public RowChange {
            functions = List.copyOf(functions);
        }
    }

    static RunStatement of(RunStatementSpec spec, Fields fields, PgParser parser) {
        String sql = fields.required("sql", spec.sql());
        if (sql.codePointCount(0, sql.length()) > MAX_SQL) {
            throw fields.invalid("sql", "longer than " + MAX_SQL + " characters");
        }
        try {
            return StatementJudge.judge(parser, sql);
        } catch (RefusedStatementException e) {
            throw fields.invalid("sql", e.getMessage());
        }
    }

    @Override
    public List<QualifiedName> tables() {
        return List.of();
    }

    @Override
    public boolean toldByOrder() {
        return true;
    }
}

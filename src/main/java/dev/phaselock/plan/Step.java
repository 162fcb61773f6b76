package dev.phaselock.plan;

import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One unit of work of a phase. A step that changes something is a transaction of its own. Whether it is done comes from
 * the catalog, at the time of planning.
 */
public sealed interface Step {

    /** What it does, in a few words for people. */
    String label();

    /** Whether the catalog says that it is done. */
    boolean done();

    /**
     * Takes strong locks for milliseconds.
     *
     * @param locks every relation that the statements lock, in the order in which they are to be locked
     * @param statements what runs under the locks
     * @param guard an SQL expression of type boolean that must be true under the locks, before the statements; null when
     *     there is none. When it is not, nothing is done and the phase is planned again.
     */
    record Brief(
            String label,
            boolean done,
            List<RelationLock> locks,
            List<String> statements,
            @Nullable String guard) implements Step {
        public Brief {
            locks = List.copyOf(locks);
            statements = List.copyOf(statements);
        }
    }

    /**
     * Validates a constraint: SHARE UPDATE EXCLUSIVE on its table while all rows are read.
     *
     * @param table the table
     * @param locks the table and what else it locks (weakly)
     * @param constraint the constraint's name
     * @param statement the {@code ALTER TABLE … VALIDATE CONSTRAINT}
     * @param violations how the violating rows are found when it fails
     */
    record Validate(
            String label,
            boolean done,
            Relation table,
            List<RelationLock> locks,
            String constraint,
            String statement,
            List<ViolationQuery> violations)
            implements Step {
        public Validate {
            locks = List.copyOf(locks);
            violations = List.copyOf(violations);
        }
    }

    /**
     * Looks for existing rows that violate a constraint that is not there yet. Never known to be done from the catalog,
     * but superfluous ({@code done}) once the constraint is there.
     *
     * @param queries one for each table that has rows (a partitioned table's leaves)
     */
    record Verify(String label, boolean done, List<ViolationQuery> queries) implements Step {
        public Verify {
            queries = List.copyOf(queries);
        }
    }

    /**
     * Builds or drops an index, or detaches a partition, by statements that PostgreSQL takes outside of a transaction only
     * ({@code … CONCURRENTLY}). They may leave an index that is not valid when they fail; then this is planned again, and what is
     * left goes first.
     *
     * @param table the index's table: one such step of a table at a time
     * @param locks the strongest locks of the statements: SHARE UPDATE EXCLUSIVE at most, but for the partition that is
     *     detached
     * @param statements in order, each for itself
     * @param discard drops what a failed build leaves, or does nothing; null where nothing is built
     * @param duplicates how the rows are found for which a unique index cannot be built; null where nothing is unique
     */
    record Concurrent(
            String label,
            boolean done,
            Relation table,
            List<RelationLock> locks,
            List<String> statements,
            @Nullable String discard,
            @Nullable DuplicateQuery duplicates)
            implements Step {
        public Concurrent {
            locks = List.copyOf(locks);
            statements = List.copyOf(statements);
        }
    }

    /**
     * Gives the rows of one table their value of a new column: the default, where it is null. In batches, each a short
     * transaction; not as one statement.
     *
     * @param table a table with rows of its own (no partitioned one)
     * @param column the column's unquoted name
     * @param part which of the phase's tables it is, from 0
     * @param parts how many tables the phase has
     */
    record Backfill(String label, boolean done, Relation table, String column, int part, int parts) implements Step {
        /** What it is as one statement, for people. */
        public String statement() {
            String quoted = new Identifier(column).quoted();
            return "UPDATE ONLY " + table.name().quoted() + " SET " + quoted + " = DEFAULT WHERE " + quoted
                    + " IS NOT DISTINCT FROM NULL /* in batches */";
        }

        /** Of each batch. */
        public RelationLock lock() {
            return new RelationLock(table, LockMode.ROW_EXCLUSIVE, false);
        }
    }

    /**
     * How duplicate keys are found in one table.
     *
     * @param index the name of the index or constraint, for the report
     * @param alias the alias by which the expressions mean the row
     * @param names of the key's parts, for people
     * @param keys SQL expressions over the alias, as many as names
     * @param predicate of the rows that are in the index; null for all
     * @param nullsDistinct whether rows with a null in the key are never duplicates
     */
    record DuplicateQuery(
            String index,
            Relation table,
            String alias,
            List<String> names,
            List<String> keys,
            @Nullable String predicate,
            boolean nullsDistinct) {
        public DuplicateQuery {
            names = List.copyOf(names);
            keys = List.copyOf(keys);
        }
    }

    /**
     * How rows that violate a constraint are found in one table.
     *
     * @param constraint the constraint's name, for the report
     * @param table a table with rows of its own (no partitioned one)
     * @param alias the alias by which {@code predicate} and {@code keyColumns} mean the row
     * @param predicate an SQL expression over the alias, true for a violating row
     * @param keyColumns the unquoted names of the columns that identify a row to a person (the primary key); empty when
     *     there is none, then the ctid is told
     */
    record ViolationQuery(String constraint, Relation table, String alias, String predicate, List<String> keyColumns) {
        public ViolationQuery {
            keyColumns = List.copyOf(keyColumns);
        }

        /** The table's name, for messages. */
        public QualifiedName tableName() {
            return table.name();
        }
    }
}

package dev.phaselock.postgres;

import dev.phaselock.api.SetReplicaIdentitySpec.Identity;
import dev.phaselock.change.AddIdentity;
import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads properties of a table that are there or not. */
final class TableProbe {
    private static final String UNDEFINED_OBJECT = "42704";

    private final Connection connection;
    private final long table;

    TableProbe(Connection connection, long table) {
        this.connection = connection;
        this.table = table;
    }

    Probe of(SetRowSecurity change) throws SQLException {
        List<Probe> found = new ArrayList<>();
        new MultiStatement()
                .query(
                        "SELECT c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced"
                                + " FROM pg_catalog.pg_class AS c WHERE c.oid = " + table,
                        row -> found.add(new Probe.State(row.getBoolean("enabled") == change.enabled()
                                && (change.forced() == null || row.getBoolean("forced") == change.forced()))))
                .run(connection);
        return found.getFirst();
    }

    /** Whether it has no page at all, which is quickly told and needs no privilege. */
    Probe of(Probe.Built exclusion) throws SQLException {
        List<Probe> found = new ArrayList<>();
        new MultiStatement()
                .query(
                        "SELECT pg_catalog.pg_relation_size(" + table + ") = 0 AS empty",
                        row -> found.add(
                                new Probe.Exclusion(String.valueOf(exclusion.constraint()), row.getBoolean("empty"))))
                .run(connection);
        return found.getFirst();
    }

    /** From PostgreSQL 18 on a NOT NULL may be there that is not valid. */
    Probe of(AddIdentity change) throws SQLException {
        List<Probe> found = new ArrayList<>();
        new MultiStatement()
                .query(
                        """
                        SELECT a.attidentity::pg_catalog.text AS identity,
                               a.attnotnull AND NOT EXISTS (
                                   SELECT FROM pg_catalog.pg_constraint AS k
                                   WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
                                     AND NOT k.convalidated) AS not_null,
                               a.atthasdef AS has_default, c.relispartition AS partition
                        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
                        WHERE a.attrelid = %d AND a.attname = %s""".formatted(table, Literals.quote(change.column().name())),
                        row -> found.add(new Probe.Identity(
                                row.getString("identity").isEmpty()
                                        ? ' '
                                        : row.getString("identity").charAt(0),
                                row.getBoolean("not_null"),
                                row.getBoolean("has_default"),
                                row.getBoolean("partition"))))
                .run(connection);
        return found.getFirst();
    }

    /** An index serves when it is unique, valid, not partial, immediate, and of NOT NULL columns alone. */
    Probe of(SetReplicaIdentity change) throws SQLException {
        Identity identity = change.identity();
        List<Probe> found = new ArrayList<>();
        if (identity != null) {
            char wanted = switch (identity) {
                case DEFAULT -> 'd';
                case FULL -> 'f';
                case NOTHING -> 'n';
            };
            new MultiStatement()
                    .query(
                            "SELECT c.relreplident = '" + wanted
                                    + "' AS done FROM pg_catalog.pg_class AS c WHERE c.oid = " + table,
                            row -> found.add(new Probe.State(row.getBoolean("done"))))
                    .run(connection);
            return found.getFirst();
        }
        String index = String.valueOf(change.index());
        new MultiStatement()
                .query(
                        """
                        SELECT i.indisreplident AND t.relreplident = 'i' AS done,
                               i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
                                   AND i.indexprs IS NULL
                                   AND NOT EXISTS (
                                       SELECT FROM pg_catalog.pg_attribute AS a
                                       WHERE a.attrelid = i.indrelid AND NOT a.attnotnull
                                         AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])) AS serves
                        FROM pg_catalog.pg_index AS i
                        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                        JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
                        WHERE i.indrelid = %d AND c.relname = %s""".formatted(
                                        table,
                                        Literals.quote(
                                                change.index() == null
                                                        ? ""
                                                        : change.index().name())),
                        row -> found.add(
                                row.getBoolean("serves")
                                        ? new Probe.State(row.getBoolean("done"))
                                        : new Probe.Failed(
                                                UNDEFINED_OBJECT,
                                                index
                                                        + " must be unique, valid, not deferrable, of all rows, and of columns"
                                                        + " that are all NOT NULL (setNotNull)")))
                .run(connection);
        return found.isEmpty() ? new Probe.Failed(UNDEFINED_OBJECT, "it has no index " + index) : found.getFirst();
    }
}

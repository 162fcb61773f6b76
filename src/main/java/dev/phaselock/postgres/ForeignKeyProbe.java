package dev.phaselock.postgres;

import dev.phaselock.change.AddForeignKey;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tries a foreign key between two temporary tables: by which operators the server compares, and in which types. */
final class ForeignKeyProbe {
    private final Connection connection;
    private final Map<QualifiedName, Table> tables;

    ForeignKeyProbe(Connection connection, Map<QualifiedName, Table> tables) {
        this.connection = connection;
        this.tables = tables;
    }

    Optional<Probe> of(AddForeignKey change) throws SQLException {
        List<Column> columns = Definitions.columns(tables.get(change.table()), change.columns());
        Table referenced = tables.get(change.referencedTable());
        List<Column> keys = referenced != null && change.referencedColumns().isEmpty()
                ? Definitions.columns(
                        referenced,
                        referenced.primaryKey().stream().map(Identifier::new).toList())
                : Definitions.columns(referenced, change.referencedColumns());
        if (columns.isEmpty() || columns.size() != keys.size()) {
            return Optional.empty();
        }
        String names = IntStream.range(0, columns.size()).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
        List<Comparison> comparisons = new ArrayList<>();
        new MultiStatement()
                .add("CREATE TABLE pg_temp.phaselock_key (" + Definitions.numbered(keys) + ", UNIQUE (" + names + "))")
                .add("CREATE TABLE pg_temp.phaselock_row (" + Definitions.numbered(columns) + ", FOREIGN KEY (" + names
                        + ") REFERENCES pg_temp.phaselock_key (" + names + "))")
                .query(
                        """
                        SELECT pg_catalog.quote_ident(ns.nspname) || '.' || o.oprname AS operator,
                               CASE WHEN t.typtype <> 'p' AND o.oprright <> a.atttypid
                                    THEN pg_catalog.format_type(o.oprright, NULL) END AS type
                        FROM pg_catalog.pg_constraint AS c
                        -- Of several arrays: no function, but syntax that has no schema.
                        CROSS JOIN LATERAL unnest(c.conpfeqop, c.conkey) WITH ORDINALITY AS k (operator, attnum, n)
                        JOIN pg_catalog.pg_operator AS o ON o.oid = k.operator
                        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = o.oprnamespace
                        JOIN pg_catalog.pg_type AS t ON t.oid = o.oprright
                        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                        WHERE c.contype = 'f' AND c.conrelid = (%s'phaselock_row')
                        ORDER BY k.n""".formatted(WrittenExpressions.OURS),
                        row -> comparisons.add(
                                new Comparison("OPERATOR(" + row.getString("operator") + ")", row.getString("type"))))
                .add("DROP TABLE pg_temp.phaselock_row, pg_temp.phaselock_key")
                .run(connection);
        return Optional.of(new Probe.Key(comparisons));
    }
}

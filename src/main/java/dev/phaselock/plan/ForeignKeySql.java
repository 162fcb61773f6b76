package dev.phaselock.plan;

import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL of a foreign key.
 *
 * @param columns the referencing columns
 * @param referencedColumns as many
 * @param comparisons as many, of the pairs; empty when the key is valid already
 */
record ForeignKeySql(
        Table referenced,
        ForeignKey definition,
        List<Column> columns,
        List<Column> referencedColumns,
        List<Comparison> comparisons) {
    private static final int SET_COLUMNS_SINCE = 15;

    String addTo(Table altered, String constraint, boolean notValid) {
        return "ALTER TABLE " + altered.name().quoted() + " " + add(constraint, notValid);
    }

    /** A part of ALTER TABLE. */
    String add(String constraint, boolean notValid) {
        return "ADD CONSTRAINT " + Names.quoted(constraint) + " FOREIGN KEY (" + Names.quoted(definition.columns())
                + ") " + references() + (notValid ? " NOT VALID" : "");
    }

    /** As it stands behind the type of its column. */
    String ofColumn(String constraint) {
        return "CONSTRAINT " + Names.quoted(constraint) + " " + references();
    }

    private String references() {
        return "REFERENCES " + referenced.name().quoted() + " (" + Names.quoted(definition.referencedColumns()) + ")"
                + options(definition);
    }

    private static String options(ForeignKey definition) {
        return (definition.match() == Match.FULL ? " MATCH FULL" : "")
                + (definition.onUpdate() == Action.NO_ACTION ? "" : " ON UPDATE " + sql(definition.onUpdate()))
                + (definition.onDelete() == Action.NO_ACTION ? "" : " ON DELETE " + sql(definition.onDelete()))
                + (definition.onDeleteColumns().isEmpty()
                        ? ""
                        : definition.columns().stream()
                                .filter(definition.onDeleteColumns()::contains)
                                .map(Names::quoted)
                                .collect(Collectors.joining(", ", " (", ")")))
                + (definition.deferrable() ? " DEFERRABLE" : "")
                + (definition.initiallyDeferred() ? " INITIALLY DEFERRED" : "");
    }

    private static String sql(Action action) {
        return action.name().replace('_', ' ');
    }

    /** As {@code pg_get_constraintdef} would write it. */
    static String shown(ForeignKey definition, Table referenced) {
        return "FOREIGN KEY (" + Names.shown(definition.columns()) + ") REFERENCES " + referenced.name() + "("
                + Names.shown(definition.referencedColumns()) + ")" + options(definition);
    }

    /**
     * Rows of a table that the key does not let be, as the server's own validation sees them: by the operators and the
     * collations of the key, in rows of the referenced table itself, not of its inheritance children (source:
     * RI_Initial_Check, ri_triggers.c).
     */
    Step.ViolationQuery violations(String name, Table rows) {
        List<String> nulls = new ArrayList<>();
        List<String> matches = new ArrayList<>();
        for (int i = 0; i < comparisons.size(); i++) {
            Column column = columns.get(i);
            Column key = referencedColumns.get(i);
            Comparison comparison = comparisons.get(i);
            nulls.add("r." + Names.quoted(column.name()) + " IS NOT NULL");
            matches.add("p." + Names.quoted(key.name()) + " " + comparison.operator() + " r."
                    + Names.quoted(column.name())
                    + (comparison.cast() == null ? "" : "::" + comparison.cast())
                    + (key.collation() == null || key.collation().equals(column.collation())
                            ? ""
                            : " COLLATE " + key.collation()));
        }
        // MATCH FULL: no column null, or all.
        String refers = String.join(definition.match() == Match.FULL ? " OR " : " AND ", nulls);
        return new Step.ViolationQuery(
                name,
                rows.relation(),
                "r",
                "(" + refers + ") AND NOT EXISTS (SELECT FROM " + (referenced.partitioned() ? "" : "ONLY ")
                        + referenced.name().quoted() + " AS p WHERE " + String.join(" AND ", matches) + ")",
                rows.primaryKey());
    }

    /** An SQL expression: each leaf has the same key, valid, so that a parent's can take it over without a scan. */
    String validOnEach(List<Table> leaves, int major) {
        String setColumns = major < SET_COLUMNS_SINCE
                ? ""
                : definition.onDeleteColumns().isEmpty()
                        ? "\n  AND (c.confdelsetcols IS NULL OR pg_catalog.cardinality(c.confdelsetcols) = %d)"
                                .formatted(definition.columns().size())
                        : "\n  AND %1$s @> %2$s AND %1$s <@ %2$s"
                                .formatted(
                                        columnNames("c.confdelsetcols", "c.conrelid"),
                                        Guards.names(List.copyOf(definition.onDeleteColumns())));
        return """
                (SELECT pg_catalog.count(DISTINCT c.conrelid) FROM pg_catalog.pg_constraint AS c
                  WHERE c.conrelid = ANY (%s) AND c.contype = 'f' AND c.confrelid = %d AND c.convalidated
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS o WHERE o.oid = c.conparentid AND o.conrelid = c.conrelid)
                  AND c.confupdtype = '%s' AND c.confdeltype = '%s' AND c.confmatchtype = '%s'
                  AND c.condeferrable = %s AND c.condeferred = %s
                  AND %s = %s
                  AND %s = %s%s) = %d""".formatted(
                        Guards.oids(leaves),
                        referenced.relation().oid(),
                        ForeignKeyCodes.of(definition.onUpdate()),
                        ForeignKeyCodes.of(definition.onDelete()),
                        ForeignKeyCodes.of(definition.match()),
                        definition.deferrable(),
                        definition.initiallyDeferred(),
                        columnNames("c.conkey", "c.conrelid"),
                        Guards.names(definition.columns()),
                        columnNames("c.confkey", "c.confrelid"),
                        Guards.names(definition.referencedColumns()),
                        setColumns,
                        leaves.size());
    }

    private static String columnNames(String numbers, String relation) {
        return """
                (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY k.n)
                    FROM pg_catalog.unnest(%s) WITH ORDINALITY AS k (attnum, n)
                    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = %s AND a.attnum = k.attnum)""".formatted(numbers, relation);
    }
}
